import { fingerprintOf } from "../checkpoint/fingerprint.ts";
import type { Sources } from "../data/sources.ts";
import type { Device } from "../device/device.ts";
import { ConfigError } from "../errors.ts";
import type { MetricsLine } from "../run/metricsLog.ts";
import type { TrainingSession } from "../run/session.ts";
import { writeSnapshot } from "../run/snapshot.ts";
import { writeExperiment } from "../settings/experiment.ts";
import type { ExperimentNotes } from "../settings/reader.ts";
import { adapterCard } from "./card.ts";
import { CARD_FILE, cardRunOf } from "./cardParts.ts";
import type { FolderFiles } from "./content.ts";
import { inPeft } from "./inPeft.ts";
import { HEAD_FILE, headFile } from "./mergedFiles.ts";
import { metricsCsv, metricsJsonl } from "./metricsTable.ts";
import { baseOf, pythonModelOf } from "./pythonModel.ts";

/** What is known of a run outside its session. */
export interface BundleOptions {
  readonly sources: Sources;
  readonly notes: ExperimentNotes;
  readonly metrics: readonly MetricsLine[];
  /** Link that repeats the run, where there is one. */
  readonly link?: string;
  /** What ran it, in words. */
  readonly device: string;
  /** Cuts every pair to the effective rank of its update; the factors in the native file stay as they are. */
  readonly trim: boolean;
}

export interface Bundle {
  readonly files: FolderFiles;
  /** ‖ΔW − ΔWₖ‖ / ‖ΔW‖ of the layer that trimming changed most; absent where nothing was trimmed. */
  readonly trimError: number | undefined;
  /** Why there are no files for PEFT, where it has no form of the method. */
  readonly refusal: string | undefined;
}

/**
 * All that a run leaves behind: its adapter in PEFT's layout, its state to go on with, the output layer, a model card,
 * metrics and settings. Of use-lite, which PEFT has no base for, and of methods that it has no form of, everything but the
 * first.
 *
 * @throws ConfigError where nothing is there to be adapted, in full fine-tuning, or no pair to be trimmed.
 */
export async function adapterBundle(device: Device, session: TrainingSession, options: BundleOptions): Promise<Bundle> {
  const { config, model, network } = session;
  if (network.method.kind === "full") {
    throw new ConfigError(
      "full fine-tuning changes the weights themselves, so there is no adapter",
      "Download the merged model instead.",
    );
  }
  const { sources, notes, metrics, link, trim } = options;
  const python = pythonModelOf(config, model.transformer.family);
  const found = python && (await inPeft(device, session, { python, ...baseOf(config.model), trim }));
  const peft = found && "files" in found ? found : undefined;
  const refusal = found && "refusal" in found ? found.refusal : undefined;
  const state = await session.state();
  const source = await sources.model(config.model);
  const fingerprint = await fingerprintOf(source);
  const head = await headFile(session);
  const last = (prefix: string) => metrics.findLast((line) => Object.keys(line).some((key) => key.startsWith(prefix)));
  const validation = valuesOf(last("eval/"), "eval/");
  const loss = valuesOf(last("train/"), "train/")?.loss;
  const card = {
    ...(await cardRunOf(session, source)),
    ...{ step: state.step, link, device: options.device, validation, refusal },
    peft: peft && python && { ...peft, python },
    hasHead: head !== undefined,
  };
  const files: FolderFiles = {
    ...peft?.files,
    ...(head && { [HEAD_FILE]: head }),
    "rankscope.safetensors": await writeSnapshot({ config, notes, model: fingerprint, state }),
    [CARD_FILE]: adapterCard(card),
    "metrics.jsonl": metricsJsonl(metrics),
    "metrics.csv": metricsCsv(metrics),
    "experiment.json": await writeExperiment(config, {
      notes,
      result: { steps: state.step, loss, metrics: validation ?? {} },
    }),
  };
  return { files, trimError: peft?.trimError, refusal };
}

function valuesOf(line: MetricsLine | undefined, prefix: string): Record<string, number> | undefined {
  const entries = Object.entries(line ?? {}).flatMap(([name, value]) =>
    typeof value === "number" && name.startsWith(prefix) ? [[name.slice(prefix.length), value] as const] : [],
  );
  return line && Object.fromEntries(entries);
}
