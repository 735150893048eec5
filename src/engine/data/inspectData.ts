import { sha256 } from "../checkpoint/fingerprint.ts";
import { EngineError } from "../errors.ts";
import type { LoadedModel } from "../model/loadModel.ts";
import type { Report } from "../report.ts";
import type { RunConfig } from "../settings/config.ts";
import { dataFields } from "../settings/dataFields.ts";
import { type ChosenRows, type CustomTask, chooseColumns, customTask } from "../tasks/custom/examples.ts";
import { formatOf } from "../tasks/custom/format.ts";
import { guessSettings } from "../tasks/custom/guess.ts";
import type { Question } from "../tasks/custom/reading.ts";
import type { BadRow, DataRow } from "../tasks/custom/row.ts";
import { readRows } from "../tasks/custom/rows.ts";
import { type DataSettings, dataReference, hashOfData } from "../tasks/custom/settings.ts";
import { type DataTable, tableOf } from "../tasks/custom/table.ts";
import { decodeData } from "../tasks/custom/text.ts";
import { type BadKind, badKindsOf, omissionsOf, warningsOf } from "../tasks/custom/warnings.ts";
import { lengthOf } from "../tasks/encode.ts";
import type { Example, Task } from "../tasks/task.ts";
import { encoderOf } from "./runData.ts";
import type { DataFile } from "./sources.ts";

/** Bad rows that are listed; of more there is the number alone. */
const LISTED = 100;
const PREVIEW_ROWS = 5;
const PREVIEW_BAD = 3;
/** Characters of a cell in the preview. */
const PREVIEW_CELL = 160;

/** Examples whose tokens are counted, evenly over the file, and characters of running text from its beginning. */
const COUNTED = 2000;
const COUNTED_CHARACTERS = 200_000;
/** Examples between two looks at whether anybody still waits. */
const PIECE = 50;

/** How long texts are under a model's tokenizer. */
export interface TokenCounts {
  /** Examples that were counted, of so many. */
  readonly counted: number;
  readonly of: number;
  /** Tokens of an example's longest row: half have no more, and none has more than `longest`. */
  readonly median: number;
  readonly longest: number;
  /** Share of the examples with a row longer than a run's longest text. */
  readonly cut: number;
  /** Tokens of all running text, where that is what there is; by the part that was counted. */
  readonly total?: number;
}

/** What is to be known of a file before a run starts on it. */
export interface DataDescription {
  /** What settings call the file. */
  readonly reference: string;
  /** Whether it is the file that the run's settings are about; they then count for more than guesses. */
  readonly isWanted: boolean;
  readonly sha256: string;
  readonly bytes: number;
  /** The settings that it was looked at with: those that were asked for, the rest guessed. */
  readonly settings: DataSettings;
  /** The published data set that it looks like. */
  readonly layout?: string;
  readonly columns: readonly string[];
  /** The first rows, and the first that cannot be used, each with what is wrong with it. */
  readonly preview: readonly { readonly line: number; readonly cells: readonly string[]; readonly problem?: string }[];
  /** Rows that can be used, and the first of those that cannot. */
  readonly rows: number;
  readonly badRows: number;
  readonly bad: readonly Pick<BadRow, "line" | "problem">[];
  /** The same by what is wrong with them. */
  readonly badKinds: readonly BadKind[];
  /** What the file does not tell by itself, and nobody has said yet; until then nothing is to be made of it. */
  readonly questions: readonly Question[];
  /** Why no task can be made of it with these settings, in sentences; bad rows alone are no such reason. */
  readonly obstacle?: string;
  readonly warnings: readonly string[];
  readonly split?: { readonly train: number; readonly dev: number };
  readonly classes?: readonly { readonly name: string; readonly train: number; readonly dev: number }[];
  readonly labels?: { readonly low: number; readonly high: number; readonly mean: number };
  readonly tokens?: TokenCounts;
}

export interface InspectOptions {
  /** Settings that are not to be guessed. */
  readonly asked: Partial<DataSettings>;
  /** Those of them that somebody chose rather than took along: they answer questions. All, if not given. */
  readonly decided?: readonly (keyof DataSettings)[];
  /** The run's other settings. */
  readonly config: RunConfig;
  /** What tokens are counted with; without it they are not. */
  readonly model: Pick<LoadedModel, "tokenizer" | "transformer"> | undefined;
  readonly report: Report;
  readonly signal?: AbortSignal;
}

/**
 * Looks at a file without keeping it: what it holds, what could be learnt from it, and what is wrong with it.
 *
 * @throws RefusedFileError where it cannot be read at all.
 */
export async function inspectData({ name, content }: DataFile, options: InspectOptions): Promise<DataDescription> {
  const { asked, config, report } = options;
  report("Reading the rows");
  const text = decodeData(content, name);
  const hash = await sha256(content);
  // The name in a link may be another one for the same content.
  const isWanted = config.task === "custom" && hashOfData(config.data) === hash.slice(0, 16);
  const former = isWanted && asked.dataFormat === undefined ? settingsIn(config) : undefined;
  const seen = formatOf(text, name);
  const layout = { ...initial, dataFormat: seen.format, ...seen.settings, ...former, ...asked };
  const raw = await readRows(text, layout, name);
  const { layout: published, questions, ...guess } = guessSettings(raw, layout.dataFormat, { ...former, ...asked });
  const settings: DataSettings = { ...layout, ...guess, ...former, ...asked };
  const decided = new Set(options.decided ?? (Object.keys(asked) as (keyof DataSettings)[]));
  const isOpen = ({ decides }: Question) => !former && !decides.some((setting) => decided.has(setting));
  await pause(options);
  const table = tableOf(raw, settings);
  const omissions = omissionsOf(raw, table, settings);
  const found = {
    reference: isWanted ? config.data : dataReference(name, hash),
    isWanted,
    sha256: hash,
    bytes: content.length,
    settings,
    ...(published !== undefined && { layout: published }),
    columns: table.columns,
    questions: [...(seen.question ? [seen.question] : []), ...questions].filter(isOpen),
  };
  let rows: ChosenRows | undefined;
  try {
    rows = chooseColumns(table, settings, name);
    // Whoever looks decides on bad rows later.
    const own = customTask(rows, { ...settings, dataBad: "skip" }, name);
    return {
      ...found,
      ...countsOf(rows.chosen.length, rows.bad, table),
      ...factsOf(own),
      warnings: [...omissions, ...warningsOf(rows, own, settings), ...lengthWarnings(own)],
      tokens: await tokensOf(own, settings, options),
    };
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    const obstacle = `${error.message}. ${error.hint ?? ""}`.trim();
    const counts = countsOf(rows?.chosen.length ?? table.rows.length, rows?.bad ?? table.bad, table);
    return { ...found, ...counts, obstacle, warnings: omissions };
  }
}

const { dataSeparator, dataValidation, dataBad, dataRules } = dataFields;
const initial = {
  dataSeparator: dataSeparator.initial,
  dataValidation: dataValidation.initial,
  dataBad: dataBad.initial,
  dataRules: dataRules.initial,
} as const;

/** All but the file itself. */
export const dataSettingNames = Object.keys(dataFields).filter((name) => name !== "data") as (keyof DataSettings)[];

function settingsIn(config: RunConfig): DataSettings {
  return Object.fromEntries(dataSettingNames.map((name) => [name, config[name]])) as unknown as DataSettings;
}

function countsOf(rows: number, bad: readonly BadRow[], table: DataTable) {
  return {
    rows,
    badRows: bad.length,
    bad: bad.slice(0, LISTED).map(({ line, problem }) => ({ line, problem })),
    badKinds: badKindsOf(bad),
    preview: previewOf(table, bad),
  };
}

function previewOf({ rows }: DataTable, bad: readonly BadRow[]): DataDescription["preview"] {
  const problems = new Map(bad.map(({ line, problem }) => [line, problem]));
  const shortened = (cell = "") => (cell.length > PREVIEW_CELL ? `${cell.slice(0, PREVIEW_CELL - 1)}…` : cell);
  const shown = new Map<number, DataRow["cells"]>();
  for (const { line, cells } of rows.slice(0, PREVIEW_ROWS)) shown.set(line, cells);
  for (const { line, cells } of bad.slice(0, PREVIEW_BAD)) if (cells) shown.set(line, cells);
  return [...shown]
    .sort(([a], [b]) => a - b)
    .map(([line, cells]) => {
      const problem = problems.get(line);
      return { line, cells: cells.map(shortened), ...(problem !== undefined && { problem }) };
    });
}

/** Sizes of the splits, and how labels are spread over them. */
function factsOf({ task, train, dev }: CustomTask): Pick<DataDescription, "split" | "classes" | "labels"> {
  const split = { train: train.length, dev: dev.length };
  if (task.kind === "classification") {
    const counted = (rows: readonly Example[]) => {
      const counts = new Array<number>(task.classes.length).fill(0);
      for (const { label } of rows) counts[label!]!++;
      return counts;
    };
    const [learnt, held] = [counted(train), counted(dev)];
    return { split, classes: task.classes.map((name, at) => ({ name, train: learnt[at]!, dev: held[at]! })) };
  }
  if (task.kind !== "regression") return { split };
  const [low, high] = task.range;
  const mean = [...train, ...dev].reduce((sum, { label }) => sum + label!, 0) / (train.length + dev.length);
  return { split, labels: { low, high, mean } };
}

/** Characters of running text whose tokens are not made in a moment. */
const LONG_TEXT = 4e6;

function lengthWarnings({ task, train, dev }: CustomTask): string[] {
  if (task.kind !== "language-modelling") return [];
  const characters = [...train, ...dev].reduce((sum, { text }) => sum + text.length, 0);
  return characters > LONG_TEXT
    ? ["All of it is cut into tokens before a run starts, which takes some seconds a megabyte."]
    : [];
}

async function tokensOf(own: CustomTask, settings: DataSettings, options: InspectOptions): Promise<TokenCounts> {
  const { config, model, report } = options;
  const all = [...own.train, ...own.dev];
  const none = { counted: 0, of: all.length, median: 0, longest: 0, cut: 0 };
  if (!model) return none;
  const uncut: RunConfig = { ...config, ...settings, task: "custom", maxTokens: Number.MAX_SAFE_INTEGER };
  if (own.task.kind === "language-modelling") return runningTokens(all, own.task, uncut, options, none);
  const encode = encoderOf(uncut, own.task, model);
  const stride = Math.max(1, Math.ceil(all.length / COUNTED));
  const sample = all.filter((_, at) => at % stride === 0);
  const lengths: number[] = [];
  for (let from = 0; from < sample.length; from += PIECE) {
    lengths.push(...encode(sample.slice(from, from + PIECE)).examples.map(lengthOf));
    report("Counting tokens", lengths.length / sample.length);
    await pause(options);
  }
  lengths.sort((a, b) => a - b);
  return {
    counted: lengths.length,
    of: all.length,
    median: lengths[(lengths.length - 1) >> 1]!,
    longest: lengths.at(-1)!,
    cut: lengths.filter((length) => length > config.maxTokens).length / lengths.length,
  };
}

/** Running text is cut into windows, so only how much there is counts. */
async function runningTokens(
  texts: readonly Example[],
  task: Task,
  config: RunConfig,
  options: InspectOptions,
  none: TokenCounts,
): Promise<TokenCounts> {
  const encode = encoderOf(config, task, options.model!);
  const characters = texts.reduce((sum, { text }) => sum + text.length + 1, 0);
  let [counted, read, tokens] = [0, 0, 0];
  while (counted < texts.length && read < COUNTED_CHARACTERS) {
    const piece: Example[] = [];
    let size = 0;
    while (counted < texts.length && size < COUNTED_CHARACTERS / 20) {
      const { text } = texts[counted++]!;
      piece.push({ text: text.slice(0, COUNTED_CHARACTERS) });
      size += Math.min(text.length, COUNTED_CHARACTERS) + 1;
    }
    tokens += encode(piece).examples.reduce((sum, { labels }) => sum + labels.length + 1, 0);
    read += size;
    options.report("Counting tokens", Math.min(1, read / Math.min(characters, COUNTED_CHARACTERS)));
    await pause(options);
  }
  return { ...none, counted, total: Math.round((tokens * characters) / Math.max(1, read)) };
}

/** Lets messages in; gives up where nobody waits any more. */
async function pause({ signal }: InspectOptions): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve));
  signal?.throwIfAborted();
}
