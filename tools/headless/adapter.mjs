import { existsSync, statSync } from "node:fs";
import path from "node:path";
import { UsageError } from "../commandLine.mjs";
import { contentOf, filesIn } from "../engine.mjs";
import { sentenceOf } from "./words.mjs";

/**
 * The run that starts from the adapter that a call names: PEFT's, or one that was left here.
 *
 * @param call `adapter` is the path of a zip, a file or a folder; `model`, `data` and `steps` are what they are for a run.
 * @param given what the call's experiment came to: config, notes and sources.
 * @param tell shows a line.
 * @param load loads a module of the engine.
 * @returns config, notes, sources, and where the run goes on from.
 * @throws UsageError.
 */
export async function readAdapter(call, given, tell, load) {
  const { config: settings } = given;
  const { openAdapter } = await load("/src/engine/export/openAdapter.ts");
  const { isBundled } = await load("/src/engine/model/modelShapes.ts");
  const { describeReference } = await load("/src/engine/model/reference.ts");
  const { describeData } = await load("/src/engine/tasks/custom/settings.ts");
  const sources = {
    ...given.sources,
    // An adapter may call its model by another name than the folder here has: its fingerprint says whether it is the one.
    async model(reference) {
      if (isBundled(reference)) return given.sources.model(reference);
      if (call.model !== undefined) return given.sources.model(settings.model);
      throw new UsageError(`the adapter is about ${describeReference(reference)}; name its folder with --model`);
    },
  };
  let opened;
  try {
    opened = await openAdapter(filesAt(call.adapter), settings, sources);
  } catch (error) {
    if (error instanceof UsageError || !(error.code || error.hint || error.problems)) throw error;
    throw new UsageError(sentenceOf(error));
  }
  const config = call.steps === undefined ? opened.config : { ...opened.config, steps: settings.steps };
  if (config.task === "custom" && call.data === undefined) {
    throw new UsageError(`the adapter is about ${describeData(config.data)}; name its file with --data`);
  }
  const { step } = opened.from;
  if (step >= config.steps) {
    throw new UsageError(`the adapter is at step ${step} of ${config.steps}; name more with --steps`);
  }
  for (const warning of opened.warnings) tell(`note: ${warning}`, true);
  tell(
    opened.kind === "native"
      ? `going on from step ${step} of the adapter's own run, with its settings instead of the experiment's`
      : `starting from the adapter, with rank ${config.rank} and α ${config.alpha} in ${config.targets}`,
    true,
  );
  return { config, notes: opened.notes, sources, from: opened.from };
}

/** A file by itself, or all files of a folder with the folders above them in their names, as pages are given them. */
function filesAt(place) {
  if (!existsSync(place)) throw new UsageError(`--adapter ${place} is no file and no folder`);
  const own = path.basename(place);
  if (!statSync(place).isDirectory()) return [{ name: own, read: async () => contentOf(place) }];
  const { names, read } = filesIn(place);
  return names.map((name) => ({ name: `${own}/${name}`, read: () => read(name) }));
}
