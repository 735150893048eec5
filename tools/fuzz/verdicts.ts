// What the loader says of each safetensors file in a folder, a line of JSON each:
//
//   node tools/run.mjs tools/fuzz/verdicts.ts DIR
import { readdirSync } from "node:fs";
import path from "node:path";
import { RefusedFileError } from "../../src/engine/checkpoint/refusal.ts";
import { SafetensorsFile } from "../../src/engine/checkpoint/safetensors.ts";
import { missing } from "../commandLine.ts";
import { contentOf } from "../disk.ts";

const [folder = missing("DIR")] = process.argv.slice(2);
for (const file of readdirSync(folder).sort()) {
  let code: string | null = null;
  try {
    new SafetensorsFile(contentOf(path.join(folder, file)));
  } catch (error) {
    if (!(error instanceof RefusedFileError)) throw error;
    ({ code } = error);
  }
  console.log(JSON.stringify({ file, code }));
}
