// Damage to JSON that stays JSON, or nearly: it goes further into a reader than damaged bytes do. Documents are trees of
// [keys and values], lists and texts of JSON, so that keys may come twice and numbers keep the way they are written.
import type { Random } from "./random.ts";

const numbers =
  "0 1 2 -1 -0 0.5 4.0 4e0 1e400 -1e400 1e-400 1024 1025 65536 16777216 100000000 2147483648 4294967296 9007199254740991 9007199254740993 18446744073709551616";
/** Numbers that JSON does not know. */
const faults = "NaN Infinity 00 0x10 +1 . 1_000 'a' undefined";
const words =
  "a 4 F32 I8 __proto__ constructor toString ../../etc/passwd https://evil.example/ (a+)+$ [ ▁ Ġ Sequence Regex String ByteLevel Metaspace Split Lowercase Replace Prepend Strip Fuse BPE WordPiece Unigram TemplateProcessing BertProcessing Removed Isolated gelu bert llama";
const tokens = [
  ...[
    "null",
    "true",
    "false",
    "[]",
    "{}",
    "[[]]",
    "[1,2]",
    '{"type":"Sequence"}',
    '"\\u0000"',
    '"\\ud800"',
    '"\\u0041"',
  ],
  ...numbers.split(" "),
  ...["", "<img src=x onerror=alert(1)>", "a".repeat(5000), ...words.split(" ")].map((word) => JSON.stringify(word)),
];
const keys = ["__proto__", "constructor", "prototype", "toString", "", "type", "length", "polluted", "hasOwnProperty"];

/** What holds others, and can be changed in place. */
type Holder = { readonly list: Tree[] } | { readonly entries: [key: string, value: Tree][] };
type Tree = Holder | { readonly token: string };

function treeOf(value: unknown): Tree {
  if (Array.isArray(value)) return { list: value.map(treeOf) };
  if (typeof value === "object" && value !== null) {
    return { entries: Object.entries(value).map(([key, each]) => [JSON.stringify(key), treeOf(each)]) };
  }
  return { token: JSON.stringify(value) };
}

function textOf(tree: Tree): string {
  if ("token" in tree) return tree.token;
  if ("list" in tree) return `[${tree.list.map(textOf).join(",")}]`;
  return `{${tree.entries.map(([key, value]) => `${key}:${textOf(value)}`).join(",")}}`;
}

function isHolder(tree: Tree | undefined): tree is Holder {
  return tree !== undefined && !("token" in tree);
}

function partsOf(place: Holder): readonly Tree[] {
  return "list" in place ? place.list : place.entries.map(([, value]) => value);
}

function setPart(place: Holder, index: number, to: Tree): void {
  if ("list" in place) place.list[index] = to;
  // A new entry, since the same one may stand there twice.
  else place.entries[index] = [place.entries[index]![0], to];
}

/** A place that holds something, by a walk from the top: parts count alike, however much is in them. */
function placeIn(tree: Holder, random: Random): Holder {
  const inside = partsOf(tree).filter(isHolder);
  return inside.length === 0 || random.once(3) ? tree : placeIn(random.of(inside), random);
}

const steps: readonly ((place: Holder, random: Random) => void)[] = [
  function put(place, random) {
    at(place, random, () => ({ token: random.once(40) ? random.of(faults.split(" ")) : random.of(tokens) }));
  },
  function scale(place, random) {
    at(place, random, (value) => {
      if (!("token" in value)) return value;
      const number = Number(value.token);
      if (!Number.isFinite(number)) return value;
      return { token: String(random.of([0, number + 1, number - 1, -number, number * 2, number / 2, number * 1e6])) };
    });
  },
  function remove(place, random) {
    const held = "list" in place ? place.list : place.entries;
    if (held.length > 0) held.splice(random.below(held.length), 1);
  },
  function twice(place, random) {
    const again = <T>(held: T[]) => held.length > 0 && held.splice(random.below(held.length), 0, random.of(held));
    if ("list" in place) again(place.list);
    else again(place.entries);
  },
  function rename(place, random) {
    if ("list" in place || place.entries.length === 0) return;
    const index = random.below(place.entries.length);
    const key = random.once(2) ? random.of(place.entries)[0] : JSON.stringify(random.of(keys));
    place.entries[index] = [key, place.entries[index]![1]];
  },
  function add(place, random) {
    const value = { token: random.of(tokens) };
    if ("list" in place) place.list.push(value);
    else place.entries.push([JSON.stringify(random.of(keys)), value]);
  },
  function swap(place, random) {
    const parts = partsOf(place);
    if (parts.length < 2) return;
    const [first, second] = [random.below(parts.length), random.below(parts.length)];
    const [one, other] = [parts[first]!, parts[second]!];
    setPart(place, first, other);
    setPart(place, second, one);
  },
  function wrap(place, random) {
    at(place, random, (value) => {
      let wrapped = value;
      for (let levels = random.once(12) ? random.of([60, 70, 200]) : 1; levels > 0; levels--) {
        wrapped = random.once(2)
          ? { list: [wrapped] }
          : {
              entries: [
                ['"type"', { token: '"Sequence"' }],
                ['"normalizers"', { list: [wrapped] }],
              ],
            };
      }
      return wrapped;
    });
  },
  function respell(place, random) {
    at(place, random, (value) => {
      if (!("token" in value && value.token.startsWith('"')) || value.token.length < 3) return value;
      const text: string = JSON.parse(value.token.isWellFormed() ? value.token : '""');
      const letters = [...text];
      if (letters.length === 0) return value;
      letters.splice(
        random.below(letters.length),
        random.below(2),
        random.of(["x", "_", "(", "\\", "*", "+", "|", "$", " ", "𝒳", "\u0000"]),
      );
      return { token: JSON.stringify(letters.join("")) };
    });
  },
];

/** Replaces one of what a place holds. */
function at(place: Holder, random: Random, change: (part: Tree) => Tree): void {
  const parts = partsOf(place);
  if (parts.length === 0) return;
  const index = random.below(parts.length);
  setPart(place, index, change(parts[index]!));
}

/** JSON text of a value with one to three kinds of damage. */
export function damagedJson(value: unknown, random: Random): string {
  const root = { list: [treeOf(value)] };
  for (let times = 1 + random.below(3); times > 0; times--) {
    const [whole] = root.list;
    random.of(steps)(isHolder(whole) && !random.once(20) ? placeIn(whole, random) : root, random);
  }
  return root.list.map(textOf).join("");
}
