import { existsSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { diskSources, filesIn } from "../engine.mjs";

/** A call that cannot be followed; the message says what is wrong with it. */
export class UsageError extends Error {}

/**
 * The settings and files that a call names.
 *
 * @param call `experiment` is a link or the path of a file with one; `steps`, `model` and `data` replace what it says.
 * @param load loads a module of the engine.
 * @throws UsageError.
 */
export async function readExperiment(call, load) {
  const { runFields, assertRunnable } = await load("/src/engine/train/config.ts");
  const { parseField, expectation } = await load("/src/engine/train/field.ts");
  const { isBundled } = await load("/src/engine/model/bundledModels.ts");
  const { describeReference, referenceName } = await load("/src/engine/model/reference.ts");
  let config = await settingsOf(call.experiment, load);
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
    const { fingerprintOf } = await load("/src/engine/checkpoint/fingerprint.ts");
    const files = filesIn(call.model);
    const name = referenceName(path.basename(path.resolve(call.model)));
    const reference = `file:${name}~${(await fingerprintOf(files)).slice(0, 16)}`;
    given.set(reference, files);
    config = { ...config, model: reference };
  }
  if (!isBundled(config.model) && !given.has(config.model)) {
    throw new UsageError(`the experiment is about ${describeReference(config.model)}; name its folder with --model`);
  }
  if (isBundled(config.model)) {
    try {
      assertRunnable(config);
    } catch (error) {
      throw new UsageError(error.message);
    }
  }
  const sources = { ...diskSources, model: async (reference) => given.get(reference) ?? diskSources.model(reference) };
  return { config, sources };
}

/** Settings of a link, or of a file that holds a link or an experiment. */
async function settingsOf(experiment, load) {
  const { fromQuery } = await load("/src/app/share.ts");
  const isFile = existsSync(experiment);
  const text = isFile ? readFileSync(experiment, "utf8").trim() : experiment;
  if (text.startsWith("{")) return settingsOfFile(experiment, load);
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
  return shared.config;
}

async function settingsOfFile(file, load) {
  const { readExperiment } = await load("/src/engine/train/experiment.ts");
  try {
    return (await readExperiment(readFileSync(file, "utf8"), path.basename(file))).config;
  } catch (error) {
    throw new UsageError([error.message, error.hint].filter(Boolean).join(" "));
  }
}

function problemsIn({ problems }) {
  return problems.map(({ text }) => text).join(" ");
}
