import { existsSync, statSync } from "node:fs";
import path from "node:path";
import type { Sources } from "../../src/engine/data/sources.ts";
import type { GivenFile } from "../../src/engine/export/adapterFiles.ts";
import { openAdapter } from "../../src/engine/export/openAdapter.ts";
import { methodNamed } from "../../src/engine/methods/index.ts";
import { isBundled } from "../../src/engine/model/modelShapes.ts";
import { describeReference } from "../../src/engine/model/reference.ts";
import { describeData } from "../../src/engine/tasks/custom/settings.ts";
import { type Tell, UsageError } from "../commandLine.ts";
import { contentOf, filesIn } from "../disk.ts";
import type { Call } from "./call.ts";
import type { GivenRun } from "./experiment.ts";
import { refusing } from "./refusing.ts";

/**
 * The run that starts from the adapter that a call names: PEFT's, or one that was left here.
 *
 * @param place path of a zip, a file or a folder.
 * @param given what the call's experiment came to.
 * @throws UsageError.
 */
export async function readAdapter(place: string, call: Call, given: GivenRun, tell: Tell): Promise<GivenRun> {
  const { config: settings } = given;
  const sources: Sources = {
    ...given.sources,
    // An adapter may call its model by another name than the folder here has: its fingerprint says whether it is the one.
    async model(reference) {
      if (isBundled(reference)) return given.sources.model(reference);
      if (call.model !== undefined) return given.sources.model(settings.model);
      throw new UsageError(`the adapter is about ${describeReference(reference)}; name its folder with --model`);
    },
  };
  const opened = await refusing(() => openAdapter(filesAt(place), settings, sources));
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
      : `starting from the adapter, by ${methodNamed(config.method).label} of rank ${config.rank} in ${config.targets}`,
    true,
  );
  return { config, notes: opened.notes, sources, from: opened.from };
}

/** A file by itself, or all files of a folder with the folders above them in their names, as pages are given them. */
function filesAt(place: string): GivenFile[] {
  if (!existsSync(place)) throw new UsageError(`--adapter ${place} is no file and no folder`);
  const own = path.basename(place);
  if (!statSync(place).isDirectory()) return [{ name: own, read: async () => contentOf(place) }];
  const { names, read } = filesIn(place);
  return names.map((name) => ({ name: `${own}/${name}`, read: () => read(name) }));
}
