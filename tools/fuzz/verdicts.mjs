// node tools/fuzz/verdicts.mjs DIR: what the loader says of each safetensors file in a folder, a line of JSON each.
import { readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { engineServer } from "../engine.mjs";

const [folder] = process.argv.slice(2);
const server = await engineServer();
const { SafetensorsFile } = await server.ssrLoadModule("/src/engine/checkpoint/safetensors.ts");
for (const file of readdirSync(folder).sort()) {
  let code = null;
  try {
    new SafetensorsFile(new Uint8Array(readFileSync(path.join(folder, file))).buffer);
  } catch (error) {
    ({ code } = error);
  }
  console.log(JSON.stringify({ file, code }));
}
await server.close();
