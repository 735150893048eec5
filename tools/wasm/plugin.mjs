// Lets TypeScript import an AssemblyScript file as the bytes of its module: `import bytes from "…/matmul.ts?wasm"`.
import { createHash } from "node:crypto";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";

const SUFFIX = "?wasm";

/** What was compiled before, by the hash of source and options: the compiler takes seconds to load. */
const cache = fileURLToPath(new URL("../../node_modules/.cache/assemblyscript", import.meta.url));

const options = ["--runtime", "stub", "--enable", "simd", "--noAssert", "-O3"];

/** @returns a plugin for Vite, which calls the compiler only where such a file is imported. */
export function assemblyScript() {
  return {
    name: "assembly-script",
    enforce: "pre",
    async load(id) {
      if (!id.endsWith(SUFFIX)) return undefined;
      const file = id.slice(0, -SUFFIX.length);
      this.addWatchFile?.(file);
      const bytes = Buffer.from(await compile(file)).toString("base64");
      return `export default Uint8Array.from(atob(${JSON.stringify(bytes)}), (character) => character.charCodeAt(0));`;
    },
  };
}

/** @throws an Error that quotes what the compiler says. */
async function compile(file) {
  const source = readFileSync(file, "utf8");
  const kept = path.join(cache, `${createHash("sha256").update(`${options} ${source}`).digest("hex")}.wasm`);
  if (existsSync(kept)) return readFileSync(kept);
  const { default: asc } = await import("assemblyscript/asc");
  const name = path.basename(file);
  let binary;
  const { error, stderr } = await asc.main([name, "--outFile", "out.wasm", ...options], {
    readFile: (each) => (each === name ? source : null),
    writeFile: (each, content) => {
      if (each === "out.wasm") binary = content;
    },
    listFiles: () => [],
  });
  if (error) throw new Error(`${file}: ${error.message}\n${stderr.toString()}`);
  mkdirSync(cache, { recursive: true });
  writeFileSync(kept, binary);
  return binary;
}
