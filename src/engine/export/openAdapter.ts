import { RefusedFileError } from "../checkpoint/refusal.ts";
import { inspectModel } from "../model/loadModel.ts";
import type { RunConfig } from "../train/config.ts";
import { type ExperimentNotes, noNotes } from "../train/settings.ts";
import { assertSameModel, type RunState, readSnapshot } from "../train/snapshot.ts";
import type { Sources } from "../train/sources.ts";
import { openPeft, peftNames } from "./openPeft.ts";
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
 * step. A zip with only PEFT's two files is where a new run of LoRA starts.
 *
 * @param settings of that new run, the model among them.
 * @param sources where the checkpoint is looked up that the adapter belongs to.
 * @throws ExperimentError where the native file is damaged or belongs to another checkpoint.
 * @throws RefusedFileError where the zip is damaged or has no native file.
 */
export async function openAdapter(
  name: string,
  buffer: ArrayBuffer,
  settings: RunConfig,
  sources: Sources,
): Promise<Opened> {
  const isZip = new Uint8Array(buffer, 0, Math.min(2, buffer.byteLength)).join() === "80,75";
  const files = isZip ? unzipped(buffer, name) : new Map([[NATIVE, buffer]]);
  const native = files.get(NATIVE);
  if (!native && peftNames.every((each) => files.has(each))) {
    const { transformer } = await inspectModel(await sources.model(settings.model));
    return { ...openPeft(files, settings, transformer), notes: noNotes };
  }
  if (!native) {
    throw new RefusedFileError(
      "adapter-unsupported",
      `${name} has neither ${NATIVE}, with which a run goes on, nor ${peftNames.join(" and ")}`,
      "Open a zip that was exported here, or one of the folder that PEFT saves.",
    );
  }
  const snapshot = await readSnapshot(native, isZip ? NATIVE : name);
  await assertSameModel(snapshot, sources);
  const { config, notes, state } = snapshot;
  return { config, notes, from: state };
}
