import { existsSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { UsageError } from "../commandLine.mjs";
import { diskSources } from "../engine.mjs";
import { openModel } from "./model.mjs";
import { sentenceOf } from "./words.mjs";

/**
 * The settings, notes and files that a call names.
 *
 * @param call `experiment` is a link or the path of a file with one; `steps`, `model` and `data` replace what it says.
 * @param tell shows a line.
 * @param load loads a module of the engine.
 * @throws UsageError.
 */
export async function readExperiment(call, load, tell) {
  const { runFields } = await load("/src/engine/train/config.ts");
  const { problemsOf } = await load("/src/engine/train/problems.ts");
  const { parseField, expectation } = await load("/src/engine/train/field.ts");
  const { isBundled } = await load("/src/engine/model/bundledModels.ts");
  const { describeReference } = await load("/src/engine/model/reference.ts");
  const { describeData } = await load("/src/engine/tasks/own/settings.ts");
  const { notes, ...shared } = await sharedIn(call.experiment, load);
  let { config } = shared;
  if (call.steps !== undefined) {
    const steps = parseField(runFields.steps, call.steps);
    if (steps === undefined)
      throw new UsageError(`--steps must be ${expectation(runFields.steps)}, not "${call.steps}"`);
    config = { ...config, steps };
  }
  const given = new Map();
  if (call.model !== undefined) {
    if (!existsSync(call.model) || !statSync(call.model).isDirectory()) {
      throw new UsageError(`--model ${call.model} is no folder`);
    }
    const { reference, files } = await openModel(call.model, config.model, load, tell);
    given.set(reference, files);
    config = { ...config, model: reference };
  }
  if (!isBundled(config.model) && !given.has(config.model)) {
    throw new UsageError(`the experiment is about ${describeReference(config.model)}; name its folder with --model`);
  }
  const sources = { ...diskSources, model: async (reference) => given.get(reference) ?? diskSources.model(reference) };
  if (call.data !== undefined) {
    const { file, settings } = await openData(call.data, config, sources, load, tell);
    config = { ...config, ...settings, task: "own" };
    sources.data = async () => file;
  } else if (config.task === "own") {
    throw new UsageError(`the experiment is about ${describeData(config.data)}; name its file with --data`);
  }
  if (isBundled(config.model)) {
    const [first] = problemsOf(config);
    if (first) throw new UsageError(`the setting ${first.field} does not fit: ${first.problem}`);
  }
  return { config, notes, sources };
}

/**
 * A data file and how it is read: as the experiment says where that is about data of one's own, which then must be this
 * file; else as it looks, which is told.
 */
async function openData(given, config, sources, load, tell) {
  if (!existsSync(given) || !statSync(given).isFile()) throw new UsageError(`--data ${given} is no file`);
  const { hashOfData, describeData, NO_DATA } = await load("/src/engine/tasks/own/settings.ts");
  const { inspectData } = await load("/src/engine/train/inspectData.ts");
  const { dataFields } = await load("/src/engine/train/dataFields.ts");
  const { readTask } = await load("/src/engine/train/taskData.ts");
  const { buffer, byteOffset, length } = readFileSync(given);
  const file = { name: path.basename(given), content: new Uint8Array(buffer, byteOffset, length) };
  try {
    const isOwn = config.task === "own";
    const asked = isOwn ? Object.fromEntries(Object.keys(dataFields).map((name) => [name, config[name]])) : {};
    delete asked.data;
    const seen = await inspectData(file, { asked, config, model: undefined, report: () => {} });
    if (isOwn && config.data !== NO_DATA && hashOfData(config.data) !== seen.sha256.slice(0, 16)) {
      throw new UsageError(
        `--data ${given} is not the file that the experiment is about: its SHA-256 begins with ${seen.sha256.slice(0, 16)}, that of ${describeData(config.data)} with ${hashOfData(config.data)}`,
      );
    }
    const settings = { ...seen.settings, data: seen.reference };
    await readTask({ ...config, ...settings, task: "own" }, { ...sources, data: async () => file });
    if (!isOwn) tell(`${file.name} is read as ${inWords(seen, dataFields)}`, true);
    return { file, settings };
  } catch (error) {
    if (error instanceof UsageError || !error.hint) throw error;
    throw new UsageError(sentenceOf(error));
  }
}

/** What was guessed, in the words of the form. */
function inWords({ settings, columns }, fields) {
  const { dataFormat, dataKind, dataText, dataSecond, dataLabel } = settings;
  const column = (name, place) => (place > 0 ? [`${name} ${place} (${columns[place - 1]})`] : []);
  return [
    fields.dataFormat.options[dataFormat],
    fields.dataKind.options[dataKind],
    ...column("text", dataText),
    ...column("second text", dataSecond),
    ...column("label", dataLabel),
  ].join("; ");
}

/** Settings and notes of a link, or of a file that holds a link or an experiment. */
async function sharedIn(experiment, load) {
  const { fromQuery } = await load("/src/app/share.ts");
  const isFile = existsSync(experiment);
  const text = isFile ? readFileSync(experiment, "utf8").trim() : experiment;
  if (text.startsWith("{")) return sharedInFile(experiment, load);
  const at = text.indexOf("?v=");
  const query = at >= 0 ? text.slice(at + 1) : text;
  if (!/^v=/.test(query)) {
    throw new UsageError(
      isFile
        ? `${experiment} holds neither a link nor an experiment`
        : `"${experiment.slice(0, 80)}" is neither a link with ?v=… nor a file`,
    );
  }
  const shared = fromQuery(query);
  if (shared.kind === "damaged") throw new UsageError(`the link cannot be read: ${problemsIn(shared)}`);
  return shared;
}

async function sharedInFile(file, load) {
  const { readExperiment } = await load("/src/engine/train/experiment.ts");
  try {
    return await readExperiment(readFileSync(file, "utf8"), path.basename(file));
  } catch (error) {
    throw new UsageError(sentenceOf(error));
  }
}

function problemsIn({ problems }) {
  return problems.map(({ text }) => text).join(" ");
}
