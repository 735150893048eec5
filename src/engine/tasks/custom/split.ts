import { RefusedFileError } from "../../checkpoint/refusal.ts";
import { RandomStream } from "../../random/stream.ts";
import type { DataSettings } from "./settings.ts";

/** The stream that says which texts are held out; it belongs to no seed, so that runs of all seeds can be compared. */
const SPLIT = 200;

interface Texts {
  readonly text: string;
  readonly second?: string;
}

/**
 * Holds a share of the rows out. Rows that share a text stay together, so that none is learnt by heart and then asked for;
 * otherwise it is drawn, the same for every seed. In language modelling the end of the file is held out.
 */
export function split<T extends Texts>(
  rows: readonly T[],
  settings: DataSettings,
  file: string,
): { readonly train: readonly T[]; readonly dev: readonly T[] } {
  const { dataValidation, dataKind, dataRules } = settings;
  const wanted = Math.max(1, Math.round(dataValidation * rows.length));
  if (dataKind === "language-modelling") {
    if (rows.length < 2)
      throw tooFew(file, "one text", "Choose a format that makes more texts of it, such as lines or paragraphs.");
    return { train: rows.slice(0, rows.length - wanted), dev: rows.slice(rows.length - wanted) };
  }
  const groups = groupsOf(rows, settings);
  if (groups.length < 2) {
    throw tooFew(file, rows.length === 1 ? "one row" : "one text in all rows", oneTextHint(settings, rows.length));
  }
  const order = new RandomStream(0, SPLIT).permutation(groups.length).map((place) => groups[place]!);
  const held = new Set<readonly T[]>();
  const dev: T[] = [];
  const hold = (group: readonly T[]) => {
    held.add(group);
    dev.push(...group);
  };
  // One text at least is left to learn from.
  for (const group of order.slice(0, -1)) {
    if (dev.length >= wanted) break;
    // What would hold out twice as much as was asked for is passed over, as long as there is anything smaller.
    if (dataRules === "1" || dev.length + group.length <= 2 * wanted) hold(group);
  }
  if (dev.length === 0) hold(order.reduce((least, each) => (each.length < least.length ? each : least)));
  const left = new Set([...held].flat());
  return { train: rows.filter((row) => !left.has(row)), dev };
}

function oneTextHint({ dataKind, dataContext }: DataSettings, rows: number): string {
  return rows > 1 && dataKind === "completion" && dataContext === 0
    ? "Choose another column for the prompt, or one for its context."
    : "Choose a file with more rows.";
}

/** Rows with the same first text, and by the rules of now those of pairs with either text in common. */
function groupsOf<T extends Texts>(rows: readonly T[], { dataKind, dataRules }: DataSettings): T[][] {
  const isPaired = dataRules === "2" && dataKind !== "completion" && rows[0]?.second !== undefined;
  const byFirst = gathered(rows, ({ text }) => text);
  if (!isPaired) return byFirst;
  const parents = rows.map((_, at) => at);
  const rootOf = (at: number): number => {
    let root = at;
    while (parents[root] !== root) root = parents[root]!;
    for (let place = at; place !== root; ) {
      const next = parents[place]!;
      parents[place] = root;
      place = next;
    }
    return root;
  };
  const places = new Map<string, number>();
  for (const [at, { text, second }] of rows.entries()) {
    for (const each of [text, second!]) {
      const other = places.get(each);
      if (other === undefined) places.set(each, at);
      else parents[rootOf(at)] = rootOf(other);
    }
  }
  const roots = new Map(rows.map((row, at) => [row, rootOf(at)]));
  const joined = gathered(rows, (row) => String(roots.get(row)));
  // Where a text that is in most rows would tie them all together, the first texts have to do.
  return joined.some((group) => 2 * group.length > rows.length) ? byFirst : joined;
}

function gathered<T>(rows: readonly T[], keyOf: (row: T) => string): T[][] {
  const groups = new Map<string, T[]>();
  for (const row of rows) {
    const key = keyOf(row);
    const own = groups.get(key);
    if (own) own.push(row);
    else groups.set(key, [row]);
  }
  return [...groups.values()];
}

function tooFew(file: string, what: string, hint: string): RefusedFileError {
  return new RefusedFileError("data-too-few", `${file} has ${what}, and some must be held out`, hint);
}
