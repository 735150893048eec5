// Measures what a large model takes of the machine's memory while it is opened from a folder, trained and exported.
//
//   node tools/run.mjs tools/memory/measure.ts [DIR] [flags]
//
//   DIR             a folder with config.json, a tokenizer and model.safetensors; where none is named, a BERT-base with
//                   random weights (438 MB) is written for the time being
//   --where WHERE   page-processor, page-gpu (Chromium's software GPU), headless-processor or headless-gpu; all of them
//                   where nothing is said. Of the page what `npm run build` has built is measured
//   --steps N       steps of LoRA on pairs of at most 16 tokens, two a batch; 2 where nothing is said
//   --only STAGE    end after inspection
//   --help          show this
//
// Of all processes together (Chromium's tree, or Node's), pages that several share counted once and programs left out;
// sampled every 150 ms.
// Prints for each stage the most that was held, and what it grew by as a multiple of the weights, over the page that was
// just opened, or over the same run on a bundled model. What was said beforehand stands below. Linux alone.
import { existsSync, mkdtempSync, rmSync, statSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { CallError, readFlags, whereTyped } from "../commandLine.ts";
import { measureHeadless } from "./measureHeadless.ts";
import { measurePage } from "./measurePage.ts";
import { StageTable } from "./stageTable.ts";
import { sizes, writeRandomBert } from "./writeRandomBert.ts";

const places = ["page-processor", "page-gpu", "headless-processor", "headless-gpu"] as const;
const { values, positionals } = readFlags({ where: "WHERE", steps: "N", only: "STAGE" });
const [given, ...more] = positionals;
if (more.length > 0) throw new CallError("name one folder");
const where = places.filter((place) => place === (values.where ?? place));
if (where.length === 0) throw new CallError(`--where must be one of ${places.join(", ")}`);
const folder =
  given === undefined ? mkdtempSync(path.join(tmpdir(), "rankscope-")) : path.resolve(whereTyped("memory"), given);
const weights = path.join(folder, "model.safetensors");
if (given === undefined) writeRandomBert(folder, { size: sizes.get("base")!, dtype: "F32", seed: 7 });
else if (!existsSync(weights)) throw new CallError(`${folder} has no model.safetensors`);
const link = [
  "v=4&method=lora&rank=4&shots=16&maxTokens=16&batchSize=2&validationRows=8&evaluateEvery=50&learningRate=0.001",
  `steps=${values.steps ?? 2}`,
].join("&");
try {
  for (const place of where) {
    const options = { table: new StageTable(place, statSync(weights).size), isGpu: place.endsWith("gpu") };
    if (place.startsWith("page")) await measurePage(folder, link, { ...options, only: values.only });
    else await measureHeadless(folder, link, options);
    console.log(options.table.toString());
  }
} finally {
  if (given === undefined) rmSync(folder, { recursive: true });
}
