// Lets TypeScript import an AssemblyScript file as the bytes of its module: `import bytes from "…/matmul.ts?wasm"`.
import { readFileSync } from "node:fs";
import path from "node:path";

const SUFFIX = "?wasm";

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
  const { default: asc } = await import("assemblyscript/asc");
  let binary;
  const { error, stderr } = await asc.main(
    [path.basename(file), "--outFile", "out.wasm", "--runtime", "stub", "--enable", "simd", "--noAssert", "-O3"],
    {
      readFile: (name) => (name === path.basename(file) ? readFileSync(file, "utf8") : null),
      writeFile: (name, content) => {
        if (name === "out.wasm") binary = content;
      },
      listFiles: () => [],
    },
  );
  if (error) throw new Error(`${file}: ${error.message}\n${stderr.toString()}`);
  return binary;
}
