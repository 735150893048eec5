// Damage to JSON that stays JSON, or nearly: it goes further into a reader than damaged bytes do. Documents are trees of
// [keys and values], lists and texts of JSON, so that keys may come twice and numbers keep the way they are written.

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

/** A tree of a value. */
export function treeOf(value) {
  if (Array.isArray(value)) return { list: value.map(treeOf) };
  if (typeof value === "object" && value !== null) {
    return { entries: Object.entries(value).map(([key, each]) => [JSON.stringify(key), treeOf(each)]) };
  }
  return { token: JSON.stringify(value) };
}

export function textOf(tree) {
  if (tree.list) return `[${tree.list.map(textOf).join(",")}]`;
  if (tree.entries) return `{${tree.entries.map(([key, value]) => `${key}:${textOf(value)}`).join(",")}}`;
  return tree.token;
}

/** A place that holds something, by a walk from the top: parts count alike, however much is in them. */
function placeIn(tree, random) {
  const held = (tree.list ?? tree.entries).map((each) => (tree.list ? each : each[1]));
  const inside = held.filter(({ list, entries }) => list || entries);
  return inside.length === 0 || random.once(3) ? tree : placeIn(random.of(inside), random);
}

const steps = [
  function put(place, random) {
    at(place, random, () => ({ token: random.once(40) ? random.of(faults.split(" ")) : random.of(tokens) }));
  },
  function scale(place, random) {
    at(place, random, (value) => {
      const number = Number(value.token);
      if (value.token === undefined || !Number.isFinite(number)) return value;
      return { token: String(random.of([0, number + 1, number - 1, -number, number * 2, number / 2, number * 1e6])) };
    });
  },
  function remove(place, random) {
    const held = place.list ?? place.entries;
    if (held.length > 0) held.splice(random.below(held.length), 1);
  },
  function twice(place, random) {
    const held = place.list ?? place.entries;
    if (held.length > 0) held.splice(random.below(held.length), 0, random.of(held));
  },
  function rename(place, random) {
    if (!place.entries?.length) return;
    const index = random.below(place.entries.length);
    const key = random.once(2) ? random.of(place.entries)[0] : JSON.stringify(random.of(keys));
    place.entries[index] = [key, place.entries[index][1]];
  },
  function add(place, random) {
    const value = { token: random.of(tokens) };
    if (place.list) place.list.push(value);
    else place.entries.push([JSON.stringify(random.of(keys)), value]);
  },
  function swap(place, random) {
    const held = place.list ?? place.entries;
    if (held.length < 2) return;
    const [first, second] = [random.below(held.length), random.below(held.length)];
    const value = (index) => (place.list ? held[index] : held[index][1]);
    const [one, other] = [value(first), value(second)];
    const set = (index, to) => {
      held[index] = place.list ? to : [held[index][0], to];
    };
    set(first, other);
    set(second, one);
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
      if (!value.token?.startsWith('"') || value.token.length < 3) return value;
      const letters = [...JSON.parse(value.token.isWellFormed() ? value.token : '""')];
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
function at(place, random, change) {
  const held = place.list ?? place.entries;
  if (held.length === 0) return;
  const index = random.below(held.length);
  held[index] = place.list ? change(held[index]) : [held[index][0], change(held[index][1])];
}

/** JSON text of a value with one to three kinds of damage. */
export function damagedJson(value, random) {
  const root = { list: [treeOf(value)] };
  for (let times = 1 + random.below(3); times > 0; times--) {
    const [whole] = root.list;
    const isHolder = (whole?.list ?? whole?.entries) !== undefined;
    random.of(steps)(isHolder && !random.once(20) ? placeIn(whole, random) : root, random);
  }
  return root.list.map(textOf).join("");
}
