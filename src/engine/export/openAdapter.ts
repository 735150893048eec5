import { readTask } from "../data/readTask.ts";
import type { Sources } from "../data/sources.ts";
import { inspectModel, loadModel } from "../model/loadModel.ts";
import { assertSameModel, type RunState, readSnapshot } from "../run/snapshot.ts";
import type { RunConfig } from "../settings/config.ts";
import { type ExperimentNotes, noNotes } from "../settings/reader.ts";
import { adapterIn, type GivenFile } from "./adapterFiles.ts";
import { openPeft } from "./openPeft.ts";

/** An adapter from a file, ready to be trained on. */
export interface Opened {
  /** Whether it is a run's own file, or PEFT's. */
  readonly kind: "native" | "peft";
  readonly config: RunConfig;
  readonly notes: ExperimentNotes;
  readonly from: RunState;
  /** What of the files was not taken as it stands, in sentences. */
  readonly warnings: readonly string[];
}

/**
 * Opens what `adapterBundle` made, as a zip, its files or the native file out of it: the run goes on with its moments and
 * at its step. PEFT's two files alone are where a new run of the same method starts.
 *
 * @param given a zip, or the files of a folder.
 * @param settings of that new run, the model among them.
 * @param sources where the checkpoint is looked up that the adapter belongs to.
 * @throws ExperimentError where the native file is damaged or belongs to another checkpoint.
 * @throws RefusedFileError where there is no adapter in the files, or one that cannot be loaded.
 */
export async function openAdapter(given: readonly GivenFile[], settings: RunConfig, sources: Sources): Promise<Opened> {
  const found = await adapterIn(given);
  if (found.kind === "peft") {
    const model = await sources.model(settings.model);
    const { transformer } = await inspectModel(model);
    const opened = await openPeft(found.files, settings, {
      transformer,
      tensors: async () => (await loadModel(model)).tensors,
      task: async () => (await readTask(settings, sources)).task,
    });
    return { kind: found.kind, ...opened, notes: noNotes };
  }
  const snapshot = await readSnapshot(found.content, found.name);
  await assertSameModel(snapshot, sources);
  const { config, notes, state } = snapshot;
  return { kind: found.kind, config, notes, from: state, warnings: [] };
}
