import { wholeOf } from "../../engine/checkpoint/streamSafetensors.ts";
import type { Device } from "../../engine/device/device.ts";
import { EngineError } from "../../engine/errors.ts";
import { adapterBundle } from "../../engine/export/bundle.ts";
import { CARD_FILE, cardRunOf } from "../../engine/export/cardParts.ts";
import { blobOf, type FolderFiles } from "../../engine/export/content.ts";
import { engineOutputs, modelForOnnx } from "../../engine/export/crossCheck.ts";
import { HEAD_FILE, mergedFiles, onnxFiles } from "../../engine/export/mergedFiles.ts";
import { programCard } from "../../engine/export/modelCard.ts";
import { openAdapter } from "../../engine/export/openAdapter.ts";
import { pythonFiles } from "../../engine/export/python/index.ts";
import { downloadName } from "../../engine/export/zip.ts";
import { summaryOf } from "../../engine/model/modelSummary.ts";
import { parseReference } from "../../engine/model/reference.ts";
import { compareOutputs } from "../../engine/onnx/compare.ts";
import type { TrainingSession } from "../../engine/run/session.ts";
import { hasRank } from "../../engine/settings/chosenMethod.ts";
import { bytesOf } from "../localFiles.ts";
import { verifyForward } from "../onnxRuntime.ts";
import type { Download, RequestOf, ResponseOf } from "../rpc.ts";
import { stagedZip } from "../stagedFiles.ts";
import type { RequestContext } from "./handler.ts";
import { openedModel } from "./models.ts";

type Exports =
  | "exportAdapter"
  | "exportMerged"
  | "mergedModel"
  | "exportOnnx"
  | "exportPython"
  | "verify"
  | "importAdapter";

/** How what has to do with files of a run is answered. */
export const exportHandlers: {
  readonly [N in Exports]: (question: RequestOf<N>, context: RequestContext) => Promise<ResponseOf<N>>;
} = {
  exportAdapter(options, context) {
    return withRun(context, "Folding the factors", async (device, session) => {
      const { files, trimError, refusal } = await adapterBundle(device, session, {
        ...options,
        sources: context.sources,
      });
      return { ...(await zip(session, options.trim ? "trimmed" : "", files)), trimError, refusal };
    });
  },

  exportMerged(_, context) {
    return withRun(context, "Merging the update", async (device, session) => {
      const source = await context.sources.model(session.config.model);
      return zip(session, "merged", await mergedFiles(device, session, source));
    });
  },

  mergedModel(_, context) {
    return withRun(context, "Merging the update", async (device, session) => {
      const source = await context.sources.model(session.config.model);
      // The head belongs to its task, and the card to a download.
      const { [HEAD_FILE]: _head, [CARD_FILE]: _card, ...model } = await mergedFiles(device, session, source);
      const files = Object.entries(model).map(async ([name, content]) => ({ name, content: await blobOf(content) }));
      return { name: nameOf(session).join("-"), files: await Promise.all(files) };
    });
  },

  exportOnnx(_, context) {
    return withRun(context, "Writing the graph", async (device, session) =>
      zip(session, "onnx", await onnxFiles(device, session, await context.sources.model(session.config.model))),
    );
  },

  exportPython(_, context) {
    return withRun(context, "Writing the program", async (_device, session) => {
      const { config, summary, model } = session;
      const { packsPairs } = summaryOf(model.transformer);
      const { pooling } = model.config;
      const facts = {
        family: model.transformer.family,
        packsPairs,
        layers: summary.layers,
        ...(pooling && { pooling }),
      };
      const files = await pythonFiles(config, facts, context.sources);
      const [[name, program], ...data] = Object.entries(files) as [[string, BlobPart], ...[string, BlobPart][]];
      if (data.length > 0) {
        const run = await cardRunOf(session, await context.sources.model(config.model));
        const card = programCard(
          run,
          data.map(([name]) => name),
        );
        return zip(session, "python", { ...files, [CARD_FILE]: card });
      }
      return { name, content: new Blob([program], { type: "text/x-python" }) };
    });
  },

  async verify({ which }, context) {
    const { progress } = context;
    const { ours, onnx } = await withRun(context, "Running the examples here", async (device, session) => ({
      ours: await engineOutputs(device, session, which),
      onnx: await modelForOnnx(device, session, which),
    }));
    progress("Running them in ONNX Runtime");
    const weights = await wholeOf(onnx["model.safetensors"]);
    const theirs = await verifyForward({ graph: onnx["model.onnx"], weights, inputs: ours.inputs });
    const compared = [...ours.outputs].map(([name, values]) => {
      const other = theirs.get(name);
      if (!other) throw new EngineError(`the graph has no output ${name}`);
      // Sentence vectors are one a row; everything else is one a token.
      return compareOutputs(values, other, name === "sentence_embedding" ? undefined : ours.mask);
    });
    const worst = compared.reduce((a, b) => (b.maxDifference / b.largest > a.maxDifference / a.largest ? b : a));
    const [rows, length] = ours.inputs.get("input_ids")!.shape as [number, number];
    return { outputs: [...ours.outputs.keys()], rows, length, ...worst, passes: compared.every((c) => c.passes) };
  },

  async importAdapter({ files, config }, { sources, progress }) {
    progress("Reading the files");
    const given = files.map(({ name, content }) => ({ name, read: () => bytesOf(name, content) }));
    const opened = await openAdapter(given, config, sources);
    const { model } = opened.config;
    if (parseReference(model).kind !== "file") return opened;
    return { ...opened, model: await openedModel(model, await sources.model(model)) };
  },
};

async function withRun<T>(
  { trainer, progress }: RequestContext,
  doing: string,
  use: (device: Device, session: TrainingSession) => Promise<T>,
): Promise<T> {
  progress(doing);
  return trainer.borrow(async (device, session) => {
    if (!session) throw new EngineError("there is no run to save", "Train one first.");
    return use(device, session);
  });
}

/** What tells a run from others. */
function nameOf({ config, step }: TrainingSession): string[] {
  const model = parseReference(config.model).name;
  return [config.method, model, ...(hasRank(config) ? [`r${config.rank}`] : []), `s${config.seed}`, `step${step}`];
}

async function zip(session: TrainingSession, kind: string, files: FolderFiles): Promise<Download> {
  const parts = nameOf(session);
  const name = downloadName(kind === "" ? parts : [...parts, kind], "zip");
  return { name, content: await stagedZip(files) };
}
