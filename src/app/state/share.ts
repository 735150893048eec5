import { shown } from "../../engine/checkpoint/refusal.ts";
import { type Json, JsonError, parseStrictJson } from "../../engine/checkpoint/strictJson.ts";
import { chosenIn } from "../../engine/data/settle.ts";
import {
  defaultConfig,
  type FieldName,
  fieldNames,
  type RunConfig,
  runFields,
  suitedLearningRate,
} from "../../engine/settings/config.ts";
import { experimentBody, readExperimentBody } from "../../engine/settings/experiment.ts";
import {
  type ExperimentNotes,
  type Judged,
  noNotes,
  type SettingsProblem,
  SettingsReader,
} from "../../engine/settings/reader.ts";
import { EXPERIMENT_VERSION, MADE_ON_SINCE, settingsAfter } from "../../engine/settings/versions.ts";
import { textFromBase64url, toBase64url } from "./base64url.ts";
import { checksum } from "./checksum.ts";

/*
 * A link is the query of the page's hash. It comes in three forms:
 *
 * - `v=5&method=lora&rank=4&madeOn=processor-2&c=5f0e9c1a`: the settings that differ from their usual values and mean
 *   anything beside the others, title and note where there are any, where their run was made if there was one, and a
 *   checksum over all of it. This is what the page writes.
 * - `v=5&z=…&c=…`: everything, as the JSON of an experiment file in base64url. The page writes it where the first form
 *   would be too long, as with a note that is not in Latin letters. It is not compressed, so there is nothing to unfold.
 * - `v=5&method=lora&rank=4&c=hand`: as the first, written by hand. No link that was cut off or changed looks so.
 *
 * From version 2 on the checksum must be there and fit, so that a link that lost or changed a character is never run
 * with other numbers. A link that a hand changed is damaged in the same sense; the page offers what can be read of it.
 * Up to version 2 the usual learning rate was one for all methods, and some settings were not there yet (`versions.ts`).
 * Reading is a pure function: nothing is fetched, allocated or started.
 */

/** How much later the versions of experiments are than those of links with their settings. */
const EXPERIMENTS_AHEAD = 2;

/** The version of what is written, and the last that is read. */
export const LINK_VERSION = EXPERIMENT_VERSION - EXPERIMENTS_AHEAD;

/** The version of experiments whose settings a link has, if its own is known; the first two had those of one. */
function experimentOf(version: string | null): number | undefined {
  const isKnown = /^[1-9]\d*$/.test(version ?? "") && Number(version) <= LINK_VERSION;
  return isKnown ? Math.max(2, Number(version)) + EXPERIMENTS_AHEAD : undefined;
}

/** Up to this version of links the usual learning rate was one for all methods. */
const ONE_LEARNING_RATE = 2;

/** What stands for the checksum in links that are written by hand. */
const BY_HAND = "hand";

/** Characters of a link that is read. */
const MAX_LENGTH = 16 * 1024;

/** Characters up to which a link is certain to survive mail and chat, and settings are written one by one. */
const MAX_READABLE = 1500;

/** Settings, and what people say about them. */
export interface SharedExperiment {
  readonly config: RunConfig;
  readonly notes: ExperimentNotes;
}

/** What a link holds: settings that are all readable, or what is wrong, the worst first, and what could be read. */
export type SharedRun =
  | ({ readonly kind: "run" } & SharedExperiment)
  | {
      readonly kind: "damaged";
      readonly problems: readonly SettingsProblem[];
      readonly readable: SharedExperiment | undefined;
    };

/** The query of a link. */
export function toQuery(config: RunConfig, notes: ExperimentNotes = noNotes): string {
  const query = new URLSearchParams({ v: String(LINK_VERSION) });
  for (const name of chosenIn(config)) query.set(name, String(config[name]));
  for (const [name, text] of Object.entries(notes)) if (text !== "") query.set(name, text);
  const readable = sealed(query);
  if (readable.length <= MAX_READABLE) return readable;
  const packed = pack(new TextEncoder().encode(JSON.stringify(experimentBody(config, notes))));
  return packed.length < readable.length ? packed : readable;
}

/** The query of a link with this packed content, such as UTF-8 of an experiment's JSON. */
export function pack(content: Uint8Array): string {
  return sealed(new URLSearchParams({ v: String(LINK_VERSION), z: toBase64url(content) }));
}

/** Reads a link strictly: everything in it must be understood, or it is damaged and says in what. */
export function fromQuery(written: string): SharedRun {
  const { shared } = readQuery(written, "together");
  return shared;
}

/** What was read from a link, and what it leaves to others. */
export interface QueryReading {
  readonly shared: SharedRun;
  /** As it is written. */
  readonly version: string | null;
  /** Settings that somebody chose. */
  readonly chosen: ReadonlySet<FieldName>;
}

/** Reads a link as `fromQuery` does. @param judged `alone` where a model or data are yet to be given beside it. */
export function readQuery(written: string, judged: Judged): QueryReading {
  const reader = new SettingsReader();
  if (written.length > MAX_LENGTH) {
    reader.refuse("share-too-large", `The link has more than ${MAX_LENGTH.toLocaleString("en")} characters.`);
    const shared = { kind: "damaged", problems: reader.read().problems, readable: undefined } as const;
    return { shared, version: null, chosen: new Set() };
  }
  const query = new URLSearchParams(written);
  const version = query.get("v");
  checkSeal(written, query, version, reader);
  const counts = new Map<string, number>();
  for (const name of query.keys()) counts.set(name, (counts.get(name) ?? 0) + 1);
  for (const [name, count] of counts) {
    if (count > 1) reader.refuse("share-corrupt", `"${shown(name)}" is there ${count} times.`);
  }
  reader.startFrom(experimentOf(version) ?? EXPERIMENT_VERSION, usualSettings(version, query));
  const settings = [...query].filter(([name]) => name !== "v" && name !== "c" && counts.get(name) === 1);
  const packed = version === "1" ? undefined : settings.find(([name]) => name === "z")?.[1];
  if (packed === undefined) for (const [name, value] of settings) reader.written(name, value);
  else if (settings.length > 1) reader.refuse("share-corrupt", "Other settings stand beside the packed ones.");
  const isReadable = packed === undefined || unpack(packed, reader);
  const { config, notes: said, problems } = reader.read(judged);
  const notes = said.madeOn || !isFromBefore(version, query) ? said : { ...said, madeOn: "unsaid" as const };
  // Where everything is written down, what is as usual was nobody's choice.
  const chosen = packed === undefined ? new Set(fieldNames.filter((name) => reader.names(name))) : chosenIn(config);
  if (problems.length === 0) return { shared: { kind: "run", config, notes }, version, chosen };
  const readable = isReadable ? { config, notes } : undefined;
  return { shared: { kind: "damaged", problems, readable }, version, chosen };
}

/** Whether a link is from before links said where their run was made, and may be of one. */
function isFromBefore(version: string | null, query: URLSearchParams): boolean {
  const written = experimentOf(version);
  return written !== undefined && written < MADE_ON_SINCE && query.get("c") !== BY_HAND;
}

/** What a link's version, method and optimizer make of settings that it does not name. */
function usualSettings(version: string | null, query: URLSearchParams): Partial<RunConfig> {
  const later = settingsAfter(experimentOf(version)) ?? {};
  if (Number(version) <= ONE_LEARNING_RATE) return later;
  const named = <F extends "method" | "optimizer">(name: F): RunConfig[F] => {
    const value = query.get(name);
    const isKnown = value !== null && Object.hasOwn(runFields[name].options, value);
    return isKnown ? (value as RunConfig[F]) : defaultConfig[name];
  };
  return { ...later, learningRate: suitedLearningRate({ method: named("method"), optimizer: named("optimizer") }) };
}

/** Refuses a link whose version is unknown, and one whose checksum or end shows damage. */
function checkSeal(written: string, query: URLSearchParams, version: string | null, reader: SettingsReader): void {
  const changed = (why: string) =>
    reader.refuse("share-corrupt", `The link was cut off or changed since it was copied: ${why}.`);
  if (version === null) changed("it does not say which version it is");
  else if (!/^\d+$/.test(version)) {
    reader.refuse("share-version", `The version "${shown(version)}" is not a number.`);
  } else if (!(Number(version) >= 1 && Number(version) <= LINK_VERSION)) {
    reader.refuse(
      "share-version",
      `It is written as version ${shown(version)} of links; this program reads 1 to ${LINK_VERSION}. A newer program, as a reload may bring, may read it.`,
    );
  } else if (query.has("c") && query.get("c") !== BY_HAND && query.get("c") !== checksumOf(query)) {
    changed(`its checksum does not fit. A link that a hand changed ends with c=${BY_HAND}`);
  } else if (!query.has("c") && Number(version) > 1)
    changed(`its checksum is missing. A link that is written by hand ends with c=${BY_HAND}`);
  else if (/&(&|$)/.test(written)) changed("something is missing beside an &");
}

/** Reads packed settings. @returns whether there were any. */
function unpack(packed: string, reader: SettingsReader): boolean {
  const text = textFromBase64url(packed);
  let json: Json | undefined;
  try {
    json = text === undefined ? undefined : parseStrictJson(text);
  } catch (cause) {
    if (!(cause instanceof JsonError)) throw cause;
  }
  if (json instanceof Map) readExperimentBody(json, reader);
  else reader.refuse("share-corrupt", "The packed settings cannot be read.");
  return json instanceof Map;
}

/** Appends the checksum, and writes plainly what is legal in a hash: `,`, `:`, `/`, `=`, `@` and `~`. */
function sealed(query: URLSearchParams): string {
  query.set("c", checksumOf(query));
  return query.toString().replace(/%(2C|3A|3D|2F|40|7E)/g, decodeURIComponent);
}

/** Of names and values however they were percent-encoded. */
function checksumOf(query: URLSearchParams): string {
  return checksum(new URLSearchParams([...query].filter(([name]) => name !== "c")).toString());
}
