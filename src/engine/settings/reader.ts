import { shown } from "../checkpoint/refusal.ts";
import { type Json, JsonNumber } from "../checkpoint/strictJson.ts";
import { isOrigin, type Origin } from "../device/origin.ts";
import { expectation, type Field, parseField } from "../field.ts";
import { isBundled } from "../model/modelShapes.ts";
import { defaultConfig, type FieldName, fieldNames, type RunConfig, runFields } from "./config.ts";
import { applies, problemsOf } from "./problems.ts";
import { EXPERIMENT_VERSION, MADE_ON_SINCE, otherNameOf, translated } from "./versions.ts";

/** Why a link or an experiment file was refused, for whoever has to tell the cases apart. */
export type SettingsCode =
  | "share-corrupt"
  | "share-too-large"
  | "share-version"
  | "share-missing"
  | "share-unknown-key"
  | "share-wrong-type"
  | "share-out-of-range"
  | "share-unknown-value"
  | "share-bad-source"
  | "snapshot-corrupt"
  | "snapshot-mismatch";

/** One thing that is wrong with a link or a file, in a sentence. */
export interface SettingsProblem {
  readonly code: SettingsCode;
  readonly text: string;
  /** The setting that it is about, where it is about one. */
  readonly field?: FieldName;
}

/** Whether settings are held against each other, or each against its own range. */
export type Judged = "together" | "alone";

/** What is said about an experiment; it changes nothing in the run. */
export interface ExperimentNotes {
  /** What people write is shown as plain text. */
  readonly title: string;
  readonly note: string;
  /** Where its run was made, if there was one. */
  readonly madeOn?: Origin;
}

export const noNotes: ExperimentNotes = { title: "", note: "" };

/** Characters that a title and a note may have. */
export const noteLengths = { title: 120, note: 2000 } as const;

type NoteName = keyof typeof noteLengths;

/** Settings that say where something is to be had. */
const sources: ReadonlySet<string> = new Set<FieldName>(["model", "data"]);

const labels = { title: "Title", note: "Note", madeOn: "Made on" } as const;

/**
 * Reads settings and notes one by one, either as they are written in a query or as values of JSON, and collects what is
 * wrong. What is not there, or could not be read, keeps its default. Names are looked up among own properties alone.
 */
export class SettingsReader {
  readonly #problems: SettingsProblem[] = [];
  readonly #settings = new Map<FieldName, string | number>();
  readonly #notes = new Map<NoteName, string>();
  #madeOn: Origin | undefined;
  readonly #named = new Set<string>();
  #unnamed: Partial<RunConfig> = {};
  #version = EXPERIMENT_VERSION;

  /**
   * @param version of experiments, whose names and words are read.
   * @param unnamed what settings are that are not named, where they mean anything beside the others.
   */
  startFrom(version: number, unnamed: Partial<RunConfig>): void {
    this.#version = version;
    this.#unnamed = unnamed;
  }

  /** Whether a setting was named, read or not. */
  names(field: FieldName): boolean {
    return this.#named.has(field);
  }

  /** Adds a problem that is found elsewhere. */
  refuse(code: SettingsCode, text: string, field?: FieldName): void {
    this.#problems.push({ code, text, ...(field && { field }) });
  }

  /** A value as text of a query, where numbers and words look alike. */
  written(name: string, value: string): void {
    if (isNoteName(name)) {
      this.#note(name, value);
      return;
    }
    const [now, word] = translated(this.#version, name, value);
    const field = this.#field(name, now);
    if (field) this.#accept(now as FieldName, field, word, `"${value}"`);
  }

  /** A value of JSON, which must be of the setting's type. */
  stated(name: string, value: Json): void {
    if (isNoteName(name)) {
      if (typeof value === "string") this.#note(name, value);
      else this.#wrongType(name, labels[name], "a text", value);
      return;
    }
    const [now, word] = translated(this.#version, name, typeof value === "string" ? value : "");
    const field = this.#field(name, now);
    if (!field) return;
    if (field.kind === "number") {
      if (value instanceof JsonNumber) this.#accept(now as FieldName, field, value.text, value.text);
      else this.#wrongType(now, field.label, expectation(field), value);
    } else if (typeof value === "string") this.#accept(now as FieldName, field, word, `"${value}"`);
    else this.#wrongType(now, field.label, expectation(field), value);
  }

  /** For forms that leave nothing out. @param later settings that there were not yet. */
  requireAll(later: Partial<RunConfig> = {}): void {
    const all = [...Object.keys(noteLengths), ...fieldNames].filter((name) => !Object.hasOwn(later, name));
    const missing = all.filter((name) => !this.#named.has(name));
    if (missing.length > 0) this.refuse("share-missing", `These settings are missing: ${missing.join(", ")}.`);
  }

  /**
   * Everything that was read, and what is wrong with it by itself or together.
   *
   * @param judged `alone` where model or data are yet to be given: whether settings go together is known only then.
   */
  read(judged: Judged = "together"): {
    readonly config: RunConfig;
    readonly notes: ExperimentNotes;
    readonly problems: SettingsProblem[];
  } {
    let config = { ...defaultConfig, ...Object.fromEntries(this.#settings) } as RunConfig;
    for (const [name, value] of Object.entries(this.#unnamed) as [FieldName, string | number][]) {
      const wanted = { ...config, [name]: value } as RunConfig;
      if (!this.#settings.has(name) && applies(name, wanted)) config = wanted;
    }
    const problems = [...this.#problems];
    // A model that is to be opened first is no damage, and until then nothing can be said of what fits it.
    if (judged === "together" && isBundled(config.model)) {
      for (const { field, problem } of problemsOf(config)) {
        problems.push({ code: "share-out-of-range", text: `${runFields[field].label} (${field}): ${problem}.`, field });
      }
    }
    const madeOn = this.#madeOn && { madeOn: this.#madeOn };
    return { config, notes: { ...noNotes, ...Object.fromEntries(this.#notes), ...madeOn }, problems };
  }

  /** @param name as it is written. @param now as it is called. */
  #field(name: string, now: string): Field | undefined {
    const other = otherNameOf(this.#version, name);
    if (other === undefined && isFieldName(now)) {
      this.#named.add(now);
      return runFields[now];
    }
    this.refuse(
      "share-unknown-key",
      other === undefined
        ? `"${shown(name)}" is no setting that there is.`
        : `"${shown(name)}" is no setting of its version, in which it is "${other}".`,
    );
    return undefined;
  }

  #accept(name: FieldName, field: Field, value: string, quoted: string): void {
    const parsed = parseField(field, value);
    if (parsed !== undefined) {
      this.#settings.set(name, parsed);
      return;
    }
    this.refuse(
      codeOf(name, field, value),
      `${field.label} (${name}) must be ${expectation(field)}, not ${shown(quoted)}.`,
      name,
    );
  }

  #note(name: NoteName | "madeOn", value: string): void {
    this.#named.add(name);
    if (name === "madeOn") {
      if (this.#version < MADE_ON_SINCE) this.refuse("share-unknown-key", `"${name}" is no setting of its version.`);
      else if (isOrigin(value)) this.#madeOn = value;
      else
        this.refuse("share-unknown-value", `${labels[name]} (${name}) says no place that is known: "${shown(value)}".`);
      return;
    }
    const most = noteLengths[name];
    if (value.length <= most) this.#notes.set(name, value);
    else this.refuse("share-out-of-range", `${labels[name]} (${name}) has ${value.length} characters; ${most} may be.`);
  }

  #wrongType(name: string, label: string, expected: string, value: Json): void {
    this.#named.add(name);
    const text = `${label} (${name}) must be ${expected}, not ${typeName(value)}.`;
    this.refuse("share-wrong-type", text, isFieldName(name) ? name : undefined);
  }
}

function codeOf(name: FieldName, field: Field, value: string): SettingsCode {
  if (sources.has(name)) return "share-bad-source";
  if (field.kind !== "number") return "share-unknown-value";
  return Number.isNaN(Number(value)) || value.trim() === "" ? "share-wrong-type" : "share-out-of-range";
}

function typeName(value: Json): string {
  if (value === null) return "null";
  if (typeof value === "boolean") return String(value);
  if (typeof value === "string") return `the text "${shown(value)}"`;
  if (value instanceof JsonNumber) return `the number ${shown(value.text)}`;
  return Array.isArray(value) ? "a list" : "an object";
}

function isNoteName(name: string): name is keyof typeof labels {
  return Object.hasOwn(labels, name);
}

function isFieldName(name: string): name is FieldName {
  return Object.hasOwn(runFields, name);
}
