import { UsageError } from "../commandLine.mjs";
import { diskSources } from "../engine.mjs";
import { openData, requireRows } from "./data.mjs";
import { openModel } from "./model.mjs";
import { sharedIn } from "./shared.mjs";
import { refusing } from "./words.mjs";

/**
 * The settings, notes and files that a call names.
 *
 * Each setting is judged as it is read, and all of them together once model and data are known. What nobody chose follows
 * from these, and is reported.
 *
 * @param call `experiment` is a link or the path of a file with one; `steps`, `model` and `data` replace what it says.
 *   Paths are absolute.
 * @param tell shows a line.
 * @param load loads a module of the engine.
 * @throws UsageError.
 */
export async function readExperiment(call, load, tell) {
  const { runFields } = await load("/src/engine/settings/config.ts");
  const { settle } = await load("/src/engine/data/settle.ts");
  const { parseField, expectation } = await load("/src/engine/field.ts");
  const { modelShapes, isBundled } = await load("/src/engine/model/modelShapes.ts");
  const { summaryOf } = await load("/src/engine/model/modelSummary.ts");
  const { inspectModel } = await load("/src/engine/model/loadModel.ts");
  const { describeReference } = await load("/src/engine/model/reference.ts");
  const { describeData } = await load("/src/engine/tasks/custom/settings.ts");
  const { notes, remark, ...shared } = await sharedIn(call.experiment, load);
  if (remark) tell(remark, true);
  const chosen = new Set(shared.chosen);
  let { config } = shared;
  if (call.steps !== undefined) {
    const steps = parseField(runFields.steps, call.steps);
    if (steps === undefined)
      throw new UsageError(`--steps must be ${expectation(runFields.steps)}, not "${call.steps}"`);
    config = { ...config, steps };
    chosen.add("steps");
  }
  const given =
    call.model === undefined ? undefined : await refusing(() => openModel(call.model, config.model, load, tell));
  if (given) config = { ...config, model: given.reference };
  else if (!isBundled(config.model)) {
    throw new UsageError(`the experiment is about ${describeReference(config.model)}; name its folder with --model`);
  }
  const sources = {
    ...diskSources,
    model: async (reference) => (reference === given?.reference ? given.files : diskSources.model(reference)),
  };
  // What a bundled model's layers are is known; of others it is in their files.
  const models = given ? { ...modelShapes, [config.model]: summaryOf(given.inspected.transformer) } : modelShapes;
  let data;
  if (call.data !== undefined) {
    const model = given?.inspected ?? (await inspectModel(await sources.model(config.model)));
    const opened = await openData(call.data, { config, chosen, model, load, tell });
    data = opened.seen;
    config = { ...config, ...opened.settings, task: "custom" };
    sources.data = async () => opened.file;
    await requireRows(config, sources, load);
  } else if (config.task === "custom") {
    throw new UsageError(`the experiment is about ${describeData(config.data)}; name its file with --data`);
  }
  if (given) chosen.add("model");
  if (call.data !== undefined) chosen.add("task");
  const settled = settle({ config, chosen }, { models, data });
  tellSettled(settled, chosen, { runFields, tell });
  return { config: settled.config, notes, sources };
}

/** Tells what follows from model and data. @throws UsageError where settings do not go together. */
function tellSettled({ config, fitted, idle, problems }, chosen, { runFields, tell }) {
  const named = (field) => `${runFields[field].label} (${field})`;
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
