import { sha256 } from "../checkpoint/fingerprint.ts";
import { shown } from "../checkpoint/refusal.ts";
import {
  BYTE_ORDER_MARK,
  type Json,
  JsonError,
  JsonNumber,
  parseStrictJson,
  plainInteger,
} from "../checkpoint/strictJson.ts";
import { EngineError } from "../errors.ts";
import { version } from "../version.ts";
import { fieldNames, type RunConfig } from "./config.ts";
import {
  type ExperimentNotes,
  type Judged,
  noNotes,
  type SettingsCode,
  type SettingsProblem,
  SettingsReader,
} from "./reader.ts";
import { EXPERIMENT_VERSION, settingsAfter } from "./versions.ts";

/** Characters of an experiment file; all settings, the longest note and a result take a tenth. */
const MAX_LENGTH = 100_000;

/** How a run came out, in a few numbers. */
export interface ExperimentResult {
  /** Steps that were taken. */
  readonly steps: number;
  /** Training loss of the last of them; a number that is not finite is left out. */
  readonly loss: number | undefined;
  /** The last validation, by the ids of metrics. */
  readonly metrics: Readonly<Record<string, number>>;
}

/** What an experiment file holds besides settings. */
export interface ExperimentExtra {
  readonly notes?: ExperimentNotes;
  readonly result?: ExperimentResult;
}

/** What was read from an experiment file. */
export interface Experiment {
  readonly config: RunConfig;
  readonly notes: ExperimentNotes;
  readonly result: ExperimentResult | undefined;
  /** The program that wrote it, such as "rankscope 0.1.0". */
  readonly app: string;
}

/** A link's or a file's settings cannot be used; `problems` says everything that is wrong, the worst first. */
export class ExperimentError extends EngineError {
  override readonly name = "ExperimentError";
  readonly code: SettingsCode;
  readonly problems: readonly SettingsProblem[];

  constructor(problems: readonly [SettingsProblem, ...SettingsProblem[]], file: string, hint?: string) {
    // Messages of errors end without a full stop: whoever shows one sets it.
    super(`${file}: ${problems.map(({ text }) => text).join(" ")}`.replace(/\.$/, ""), hint);
    this.code = problems[0].code;
    this.problems = problems;
  }
}

/** The part that files share with packed links: version, notes, and every setting, in a fixed order. */
export function experimentBody(config: RunConfig, notes: ExperimentNotes): Record<string, string | number> {
  return {
    v: EXPERIMENT_VERSION,
    title: notes.title,
    note: notes.note,
    ...(notes.madeOn && { madeOn: notes.madeOn }),
    ...Object.fromEntries(fieldNames.map((name) => [name, config[name]])),
  };
}

/** Reads what `experimentBody` wrote; entries of other names are left to the caller, or refused. */
export function readExperimentBody(
  json: ReadonlyMap<string, Json>,
  reader: SettingsReader,
  others: ReadonlySet<string> = new Set(),
): void {
  const given = json.get("v");
  const version = plainInteger(given);
  const later = settingsAfter(version);
  if (later) reader.startFrom(version!, later);
  else {
    const said =
      given instanceof JsonNumber ? `are of version ${shown(given.text)}` : "have no version that is a number";
    reader.refuse(
      "share-version",
      `Its settings ${said}; this program reads settings of versions 1 to ${EXPERIMENT_VERSION}. A newer program may read more.`,
    );
  }
  for (const [name, value] of json) {
    if (name === "v" || others.has(name)) continue;
    if (later && Object.hasOwn(later, name))
      reader.refuse("share-unknown-key", `"${name}" is no setting of its version.`);
    else reader.stated(name, value);
  }
  reader.requireAll(later);
}

/**
 * An experiment as a file: one JSON object with the version of the format (`v`), the program (`app`), `title` and `note`,
 * every setting by its name, `result` where there is one, and last `sha256`: the SHA-256 of the file's text without that
 * line and the comma before it. Whoever changes a character makes it another file, which is refused.
 */
export async function writeExperiment(config: RunConfig, extra: ExperimentExtra = {}): Promise<string> {
  const { v, ...settings } = experimentBody(config, extra.notes ?? noNotes);
  const result = extra.result && finiteParts(extra.result);
  const content = { v, app: `rankscope ${version}`, ...settings, ...(result && { result }) };
  const text = `${JSON.stringify(content, null, 2)}\n`;
  return sealed(text, await hashOf(text));
}

/**
 * Reads an experiment file strictly: what `writeExperiment` wrote comes back, anything else is refused. A byte order mark
 * before it, as editors put there, is no part of it.
 *
 * @param file for messages.
 * @throws ExperimentError with code `snapshot-corrupt` where the file is damaged or none of ours, else the codes of links.
 */
export async function readExperiment(
  text: string,
  file = "experiment.json",
  judged: Judged = "together",
): Promise<Experiment> {
  if (text.length > MAX_LENGTH) {
    const most = MAX_LENGTH.toLocaleString("en");
    throw new ExperimentError([{ code: "share-too-large", text: `It has more than ${most} characters.` }], file);
  }
  const whole = text.startsWith(BYTE_ORDER_MARK) ? text.slice(1) : text;
  const [, body, hash] = /^(\{\n.*),\n {2}"sha256": "([0-9a-f]{64})"\n\}\n$/s.exec(whole) ?? [];
  if (body === undefined) {
    throw corrupt(file, "It is no experiment file, or it is cut off: its last line must be its checksum.");
  }
  const content = `${body}\n}\n`;
  if ((await hashOf(content)) !== hash)
    throw corrupt(file, "It was changed after it was written: its checksum is wrong.");
  return contentOf(content, file, judged);
}

/** Entries of a file that are no settings. */
const apart: ReadonlySet<string> = new Set(["app", "result"]);

function contentOf(text: string, file: string, judged: Judged): Experiment {
  let json: Json;
  try {
    json = parseStrictJson(text, { asPython: true });
  } catch (cause) {
    if (!(cause instanceof JsonError)) throw cause;
    throw corrupt(file, `It is not valid JSON: ${cause.message}.`);
  }
  const entries = json as ReadonlyMap<string, Json>;
  const reader = new SettingsReader();
  readExperimentBody(entries, reader, apart);
  const app = entries.get("app");
  if (typeof app !== "string") reader.refuse("share-missing", "It does not say which program wrote it (app).");
  const result = resultOf(entries.get("result"), reader);
  const { config, notes, problems } = reader.read(judged);
  const [first, ...rest] = problems;
  if (first) throw new ExperimentError([first, ...rest], file);
  return { config, notes, result, app: app as string };
}

function resultOf(json: Json | undefined, reader: SettingsReader): ExperimentResult | undefined {
  if (json === undefined) return undefined;
  const entries = json instanceof Map ? (json as ReadonlyMap<string, Json>) : new Map<string, Json>();
  const steps = plainInteger(entries.get("steps"));
  const loss = numberOf(entries.get("loss"));
  const metrics = entries.get("metrics");
  const values = metrics instanceof Map ? [...(metrics as ReadonlyMap<string, Json>)] : undefined;
  const numbers = values?.map(([name, value]) => [name, numberOf(value)] as const);
  const isLossRead = loss !== undefined || !entries.has("loss");
  if (steps === undefined || !isLossRead || !numbers?.every(([, value]) => value !== undefined)) {
    reader.refuse("share-wrong-type", "Its result must have steps, loss and metrics, all of them numbers.");
    return undefined;
  }
  return finiteParts({ steps, loss, metrics: Object.fromEntries(numbers) as Record<string, number> });
}

function numberOf(json: Json | undefined): number | undefined {
  return json instanceof JsonNumber ? Number(json.text) : undefined;
}

/** JSON has no numbers but finite ones. */
function finiteParts({ steps, loss, metrics }: ExperimentResult): ExperimentResult {
  return {
    steps,
    loss: Number.isFinite(loss) ? loss : undefined,
    metrics: Object.fromEntries(Object.entries(metrics).filter(([, value]) => Number.isFinite(value))),
  };
}

function sealed(text: string, hash: string): string {
  return text.replace(/\n\}\n$/, `,\n  "sha256": "${hash}"\n}\n`);
}

function hashOf(text: string): Promise<string> {
  return sha256(new TextEncoder().encode(text));
}

function corrupt(file: string, text: string): ExperimentError {
  return new ExperimentError(
    [{ code: "snapshot-corrupt", text }],
    file,
    "Take an undamaged copy; to change a setting, open the file in the lab and save it again.",
  );
}
