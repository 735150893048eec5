import { RefusedFileError } from "../checkpoint/refusal.ts";
import type { RunConfig } from "../train/config.ts";
import type { ExperimentNotes } from "../train/settings.ts";
import { assertSameModel, type RunState, readSnapshot } from "../train/snapshot.ts";
import type { Sources } from "../train/sources.ts";
import { unzipped } from "./unzip.ts";

const NATIVE = "rankscope.safetensors";

/** An adapter from a file, ready to be trained on. */
export interface Opened {
  readonly config: RunConfig;
  readonly notes: ExperimentNotes;
  readonly from: RunState;
}

/**
 * Opens what `adapterBundle` made, as a zip or as the native file out of it: the run goes on with its moments and at its
 * step.
 *
 * @param sources where the checkpoint is looked up that the adapter belongs to.
 * @throws ExperimentError where the native file is damaged or belongs to another checkpoint.
 * @throws RefusedFileError where the zip is damaged or has no native file.
 */
export async function openAdapter(name: string, buffer: ArrayBuffer, sources: Sources): Promise<Opened> {
  const isZip = new Uint8Array(buffer, 0, Math.min(2, buffer.byteLength)).join() === "80,75";
  const native = isZip ? unzipped(buffer, name).get(NATIVE) : buffer;
  if (!native) {
    throw new RefusedFileError(
      "adapter-unsupported",
      `${name} has no ${NATIVE}, with which a run goes on`,
      "Open a zip that was exported here; adapters of other programs cannot be opened yet.",
    );
  }
  const snapshot = await readSnapshot(native, isZip ? NATIVE : name);
  await assertSameModel(snapshot, sources);
  const { config, notes, state } = snapshot;
  return { config, notes, from: state };
}
