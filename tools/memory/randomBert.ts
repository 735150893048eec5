// Writes the folder of a BERT with random weights, to try what large models take; nobody has to download one.
//
//   node tools/run.mjs tools/memory/randomBert.ts DIR [flags]
//
//   --size SIZE     base (110 million numbers, 440 MB; the one where nothing is said) or tiny (4 layers of 64, for tests)
//   --dtype DTYPE   F32, F16 or BF16; F32 where nothing is said
//   --seed N        which weights; 7 where nothing is said
//   --help          show this
//
// The same call writes the same bytes. The vocabulary is letters and made-up syllables, so that every text has tokens.
import path from "node:path";
import { CallError, readFlags, whereTyped } from "../commandLine.ts";
import { dtypes, sizes, writeRandomBert } from "./writeRandomBert.ts";

const { values, positionals } = readFlags({ size: "SIZE", dtype: "DTYPE", seed: "N" });
const [folder, ...more] = positionals;
if (folder === undefined || more.length > 0) throw new CallError("name one folder");
const size = sizes.get(values.size ?? "base");
if (!size) throw new CallError(`--size must be one of ${[...sizes.keys()].join(", ")}`);
const dtype = dtypes.find((each) => each === (values.dtype ?? "F32"));
if (!dtype) throw new CallError(`--dtype must be one of ${dtypes.join(", ")}`);
const seed = Number(values.seed ?? 7);
if (!Number.isSafeInteger(seed) || seed < 0) throw new CallError("--seed must be a whole number");
const at = path.resolve(whereTyped("node"), folder);
const bytes = writeRandomBert(at, { size, dtype, seed });
console.log(`${at}: ${(bytes / 1e6).toFixed(1)} MB of weights`);
