// Lets TypeScript import an AssemblyScript file, with what it imports, as the bytes of one module:
// `import bytes from "…/index.ts?wasm"`. The module imports its memory as `env.memory`, one that threads share.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const SUFFIX = "?wasm";

/** What was compiled before, by the hash of sources and options: the compiler takes seconds to load. */
const cache = fileURLToPath(new URL("../../node_modules/.cache/assemblyscript", import.meta.url));

const options = [
  ...["--runtime", "stub", "--importMemory", "--sharedMemory", "--maximumMemory", "65536"],
  ...["--enable", "simd", "--enable", "threads", "--noAssert", "-O3", "--disableWarning"],
];

/** @returns a plugin for Vite, which calls the compiler only where such a file is imported. */
export function assemblyScript() {
  return {
    name: "assembly-script",
    enforce: "pre",
    async load(id) {
      if (!id.endsWith(SUFFIX)) return undefined;
      const file = id.slice(0, -SUFFIX.length);
      const sources = sourcesBeside(file);
      for (const name of Object.keys(sources)) this.addWatchFile?.(path.join(path.dirname(file), name));
      const bytes = Buffer.from(await compile(path.basename(file), sources)).toString("base64");
      return `export default Uint8Array.from(atob(${JSON.stringify(bytes)}), (character) => character.charCodeAt(0));`;
    },
  };
}

/** The text of every file of the folder, by its name: what a module can be made of. */
function sourcesBeside(file) {
  const folder = path.dirname(file);
  const names = readdirSync(folder).filter((name) => name.endsWith(".ts"));
  return Object.fromEntries(names.sort().map((name) => [name, readFileSync(path.join(folder, name), "utf8")]));
}

/** @throws an Error that quotes what the compiler says. */
async function compile(entry, sources) {
  const key = createHash("sha256")
    .update(JSON.stringify([options, entry, sources]))
    .digest("hex");
  const kept = path.join(cache, `${key}.wasm`);
  if (existsSync(kept)) return readFileSync(kept);
  const { default: asc } = await import("assemblyscript/asc");
  let binary;
  const { error, stderr } = await asc.main([entry, "--outFile", "out.wasm", ...options], {
    readFile: (name) => sources[name] ?? null,
    writeFile: (name, content) => {
      if (name === "out.wasm") binary = content;
    },
    listFiles: () => [],
  });
  if (error) throw new Error(`${entry}: ${error.message}\n${stderr.toString()}`);
  mkdirSync(cache, { recursive: true });
  writeFileSync(kept, binary);
  return binary;
}
