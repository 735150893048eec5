import type { DataDescription } from "../../src/engine/data/inspectData.ts";
import { readTask } from "../../src/engine/data/readTask.ts";
import { type SettledRun, settle } from "../../src/engine/data/settle.ts";
import type { Sources } from "../../src/engine/data/sources.ts";
import { expectation, parseField } from "../../src/engine/field.ts";
import { inspectModel } from "../../src/engine/model/loadModel.ts";
import { isBundled, modelShapes } from "../../src/engine/model/modelShapes.ts";
import { summaryOf } from "../../src/engine/model/modelSummary.ts";
import { describeReference } from "../../src/engine/model/reference.ts";
import type { RunState } from "../../src/engine/run/snapshot.ts";
import { type FieldName, type RunConfig, runFields } from "../../src/engine/settings/config.ts";
import type { ExperimentNotes } from "../../src/engine/settings/reader.ts";
import { describeData } from "../../src/engine/tasks/custom/settings.ts";
import { type Tell, UsageError } from "../commandLine.ts";
import { diskSources } from "../disk.ts";
import type { Call } from "./call.ts";
import { openData } from "./data.ts";
import { openModel } from "./model.ts";
import { refusing } from "./refusing.ts";
import { sharedIn } from "./shared.ts";

/** What a call asks to be run. */
export interface GivenRun {
  readonly config: RunConfig;
  readonly notes: ExperimentNotes;
  readonly sources: Sources;
  /** Where it goes on from, instead of its own beginning. */
  readonly from?: RunState;
}

/**
 * The settings, notes and files that a call names.
 *
 * Each setting is judged as it is read, and all of them together once model and data are known. What nobody chose follows
 * from these, and is reported.
 *
 * @throws UsageError.
 */
export async function readGivenRun(call: Call, tell: Tell): Promise<GivenRun> {
  const { notes, remark, ...shared } = await sharedIn(call.experiment);
  if (remark) tell(remark, true);
  const chosen = new Set(shared.chosen);
  let { config } = shared;
  if (call.steps !== undefined) {
    const steps = parseField(runFields.steps, call.steps);
    if (typeof steps !== "number")
      throw new UsageError(`--steps must be ${expectation(runFields.steps)}, not "${call.steps}"`);
    config = { ...config, steps };
    chosen.add("steps");
  }
  const { model, data } = call;
  const given = model === undefined ? undefined : await refusing(() => openModel(model, config.model, tell));
  if (given) config = { ...config, model: given.reference };
  else if (!isBundled(config.model)) {
    throw new UsageError(`the experiment is about ${describeReference(config.model)}; name its folder with --model`);
  }
  let sources: Sources = {
    ...diskSources,
    model: async (reference) => (reference === given?.reference ? given.files : diskSources.model(reference)),
  };
  // What a bundled model's layers are is known; of others it is in their files.
  const models = given ? { ...modelShapes, [config.model]: summaryOf(given.inspected.transformer) } : modelShapes;
  let seen: DataDescription | undefined;
  if (data !== undefined) {
    const inspected = given?.inspected ?? (await inspectModel(await sources.model(config.model)));
    const opened = await openData(data, { config, chosen }, inspected, tell);
    seen = opened.seen;
    const own = { ...config, ...opened.settings, task: "custom" } as const;
    const withData = { ...sources, data: async () => opened.file };
    // Reads the rows as the run will.
    await refusing(() => readTask(own, withData));
    config = own;
    sources = withData;
  } else if (config.task === "custom") {
    throw new UsageError(`the experiment is about ${describeData(config.data)}; name its file with --data`);
  }
  if (given) chosen.add("model");
  if (data !== undefined) chosen.add("task");
  const settled = settle({ config, chosen }, { models, data: seen });
  tellSettled(settled, chosen, tell);
  return { config: settled.config, notes, sources };
}

/** Tells what follows from model and data. @throws UsageError where settings do not go together. */
function tellSettled({ config, fitted, idle, problems }: SettledRun, chosen: ReadonlySet<FieldName>, tell: Tell): void {
  const named = (field: FieldName) => `${runFields[field].label} (${field})`;
  const said = problems.map(({ field, problem }) => {
    const origin = field.startsWith("data") ? "as it looks" : "as usual";
    return `${runFields[field].label} (${field}=${config[field]}${chosen.has(field) ? "" : `, ${origin}`}): ${problem}`;
  });
  const isAboutTask = problems.some(({ field }) => field === "task" || field === "model");
  const help = isAboutTask ? ". Name task or model in the link, or give --data or --model" : "";
  if (said.length > 0) throw new UsageError(`the settings do not go together: ${said.join(". ")}${help}`);
  for (const { field, to, why } of fitted)
    tell(`${named(field)} is set to ${to}: ${why}, and nothing else was asked for`, true);
  if (idle.length > 0) tell(`without a meaning beside the other settings: ${idle.map(named).join(", ")}`, true);
}
