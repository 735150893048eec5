// Measures what a large model takes of the machine's memory while it is opened from a folder, trained and exported.
//
//   node tools/run.mjs tools/memory/measure.ts DIR [flags]
//
//   --where WHERE   page-processor, page-gpu (Chromium's software GPU), headless-processor or headless-gpu; the first
//                   where nothing is said. Of the page what `npm run build` has built is measured
//   --steps N       steps of LoRA on pairs of at most 16 tokens, two a batch; 2 where nothing is said
//   --only STAGE    end after inspection
//   --help          show this
//
// Of all processes together (Chromium's tree, or Node's), pages that several share counted once; sampled every 150 ms.
// Prints for each stage the most that was held, and what it grew by as a multiple of the weights. Linux alone.
import { existsSync, statSync } from "node:fs";
import path from "node:path";
import { CallError, readFlags, whereTyped } from "../commandLine.ts";
import { measureHeadless } from "./measureHeadless.ts";
import { measurePage } from "./measurePage.ts";
import { StageTable } from "./stageTable.ts";

const places = ["page-processor", "page-gpu", "headless-processor", "headless-gpu"] as const;
const { values, positionals } = readFlags({ where: "WHERE", steps: "N", only: "STAGE" });
const [given, ...more] = positionals;
if (given === undefined || more.length > 0) throw new CallError("name one folder");
const folder = path.resolve(whereTyped("node"), given);
const weights = path.join(folder, "model.safetensors");
if (!existsSync(weights)) throw new CallError(`${folder} has no model.safetensors`);
const where = places.find((place) => place === (values.where ?? places[0]));
if (!where) throw new CallError(`--where must be one of ${places.join(", ")}`);
const table = new StageTable(where, statSync(weights).size);
const link = [
  "v=4&method=lora&rank=4&shots=16&maxTokens=16&batchSize=2&validationRows=8&evaluateEvery=50&learningRate=0.001",
  `steps=${values.steps ?? 2}`,
].join("&");
if (where.startsWith("page"))
  await measurePage(folder, link, { table, isGpu: where === "page-gpu", only: values.only });
else await measureHeadless(folder, link, { table, isGpu: where === "headless-gpu" });
console.log(table.toString());
