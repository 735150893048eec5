import { fingerprintOf, sha256 } from "../checkpoint/fingerprint.ts";
import { RefusedFileError, shown } from "../checkpoint/refusal.ts";
import { SafetensorsFile } from "../checkpoint/safetensors.ts";
import { type Json, JsonError, parseStrictJson } from "../checkpoint/strictJson.ts";
import { writeSafetensors } from "../checkpoint/writeSafetensors.ts";
import type { Sources } from "../data/sources.ts";
import { optimizersOf } from "../methods/optimizers/index.ts";
import { stateNames } from "../methods/optimizers/optimizer.ts";
import { scheduleOf } from "../methods/ranks/index.ts";
import { finitenessInWords, notFiniteIn } from "../ops/finite.ts";
import type { RunConfig } from "../settings/config.ts";
import { ExperimentError, experimentBody, readExperimentBody } from "../settings/experiment.ts";
import { type ExperimentNotes, type SettingsCode, SettingsReader } from "../settings/reader.ts";
import { KEPT, type ParameterValues } from "./namedParameters.ts";

/** Where a run stands: all that the next step depends on besides settings, model and data. */
export interface RunState {
  /** Steps taken. */
  readonly step: number;
  /** "value", the optimizers' state, and what a rank schedule keeps, by the parameters' names; what is absent stays as the run begins. */
  readonly parts: Readonly<Record<string, ReadonlyMap<string, ParameterValues>>>;
}

/** A run that was put down, to be resumed elsewhere. */
export interface Snapshot {
  readonly config: RunConfig;
  readonly notes: ExperimentNotes;
  /** Fingerprint of the checkpoint that the run started from. */
  readonly model: string;
  readonly state: RunState;
}

/** The version of the file; what it says about settings has a version of its own. */
const VERSION = "1";
const NO_HASH = "0".repeat(64);
/** The checksum is the first thing in the file, so that it has a place that needs no parsing to be found. */
const BEFORE_HASH = '{"__metadata__":{"sha256":"';
const HASH_AT = 8 + BEFORE_HASH.length;

/**
 * A run as one safetensors file, float32: `value/0.query/W1`, `firstMoment/0.query/W1` and so on, with the settings, the
 * step and the model's fingerprint as metadata, and a SHA-256 of the whole file (taken with 64 zeros in its place).
 */
export async function writeSnapshot(snapshot: Snapshot): Promise<ArrayBuffer> {
  const { config, notes, model, state } = snapshot;
  const tensors = Object.entries(state.parts).flatMap(([part, kept]) =>
    [...kept].map(([name, values]) => [`${part}/${name}`, values] as const),
  );
  const buffer = writeSafetensors(new Map(tensors), {
    sha256: NO_HASH,
    format: "rankscope",
    version: VERSION,
    step: String(state.step),
    model,
    experiment: JSON.stringify(experimentBody(config, notes)),
  });
  const hash = await sha256(buffer);
  new Uint8Array(buffer).set(new TextEncoder().encode(hash), HASH_AT);
  return buffer;
}

/**
 * Reads what `writeSnapshot` wrote.
 *
 * @throws ExperimentError with code `snapshot-corrupt` where a single bit is another than was written, or the file is none
 *   of ours; with the codes of experiment files where it is whole but its settings are unknown here.
 */
export async function readSnapshot(buffer: ArrayBuffer, file = "rankscope.safetensors"): Promise<Snapshot> {
  const bytes = new Uint8Array(buffer);
  const written = new TextDecoder("latin1").decode(bytes.subarray(8, HASH_AT + 64));
  if (!written.startsWith(BEFORE_HASH) || bytes.length < HASH_AT + 64)
    throw refusal(
      file,
      "It is no snapshot of a run, or its beginning is damaged.",
      "snapshot-corrupt",
      "Open a zip that was exported here, the rankscope.safetensors in it, or a zip of the folder that PEFT saves.",
    );
  const blank = bytes.slice();
  blank.set(new TextEncoder().encode(NO_HASH), HASH_AT);
  if ((await sha256(blank)) !== written.slice(BEFORE_HASH.length)) {
    throw refusal(file, "It was cut off or changed after it was written: its checksum is wrong.");
  }
  return contentOf(buffer, file);
}

/** @throws ExperimentError with code `snapshot-mismatch` where a snapshot belongs to another checkpoint. */
export async function assertSameModel(snapshot: Pick<Snapshot, "config" | "model">, sources: Sources): Promise<void> {
  const own = await fingerprintOf(await sources.model(snapshot.config.model));
  if (own === snapshot.model) return;
  throw refusal(
    snapshot.config.model,
    `Its files are not those that the run was trained on: their fingerprint is ${own.slice(0, 16)}, not ${snapshot.model.slice(0, 16)}.`,
    "snapshot-mismatch",
    "Open the checkpoint that the run started from.",
  );
}

function contentOf(buffer: ArrayBuffer, file: string): Snapshot {
  let tensors: SafetensorsFile;
  let experiment: Json;
  try {
    tensors = new SafetensorsFile(buffer, file);
    experiment = parseStrictJson(tensors.metadata.get("experiment") ?? "");
  } catch (cause) {
    if (!(cause instanceof JsonError || cause instanceof RefusedFileError)) throw cause;
    throw refusal(file, `It cannot be read: ${cause.message}.`);
  }
  const { metadata } = tensors;
  const version = metadata.get("version");
  if (version !== VERSION) {
    const said = `It is of version ${shown(version ?? "unknown")}; this program reads version ${VERSION}.`;
    throw refusal(file, said, "share-version", "A newer program may read it.");
  }
  const step = metadata.get("step") ?? "";
  const model = metadata.get("model") ?? "";
  if (!/^\d{1,6}$/.test(step) || !/^[0-9a-f]{64}$/.test(model) || !(experiment instanceof Map)) {
    throw refusal(file, "It does not say which run it is of.");
  }
  const reader = new SettingsReader();
  readExperimentBody(experiment as ReadonlyMap<string, Json>, reader);
  const { config, notes, problems } = reader.read();
  const [first, ...rest] = problems;
  if (first) throw new ExperimentError([first, ...rest], file);
  return { config, notes, model, state: { step: Number(step), parts: partsOf(tensors, config, file) } };
}

function partsOf(tensors: SafetensorsFile, config: RunConfig, file: string): RunState["parts"] {
  const names = ["value", ...stateNames(optimizersOf(config)), ...(scheduleOf(config) ? [KEPT] : [])];
  const parts = Object.fromEntries(names.map((part) => [part, new Map<string, ParameterValues>()]));
  for (const name of tensors.names) {
    const at = name.slice(0, name.indexOf("/"));
    const part = Object.hasOwn(parts, at) && parts[at];
    if (!part) throw refusal(file, `It has a tensor ${shown(name)}, which belongs to no run.`);
    const tensor = tensors.read(name);
    const notFinite = notFiniteIn(tensor);
    if (notFinite) throw refusal(file, `${shown(name)} ${finitenessInWords(notFinite)}.`);
    part.set(name.slice(name.indexOf("/") + 1), tensor);
  }
  return parts;
}

function refusal(
  file: string,
  text: string,
  code: SettingsCode = "snapshot-corrupt",
  hint = "Take an undamaged copy of the file; the run that is open stays as it is.",
): ExperimentError {
  return new ExperimentError([{ code, text }], file, hint);
}
