import { fileURLToPath } from "node:url";
import { defineConfig } from "vite";
import { assemblyScript } from "../tools/wasm/plugin.mjs";

const here = (path: string) => fileURLToPath(new URL(path, import.meta.url));

/** The pages that `npm run bench` measures: the engine as the product has it, and the peers, each by itself. */
export default defineConfig({
  root: here("."),
  base: "./",
  publicDir: here("../public"),
  logLevel: "warn",
  plugins: [assemblyScript()],
  build: {
    target: "es2022",
    chunkSizeWarningLimit: Number.POSITIVE_INFINITY,
    rolldownOptions: {
      input: ["ours", "jax", "tfjs", "ort", "exact"].map((name) => here(`pages/${name}.html`)),
    },
  },
  preview: {
    host: "127.0.0.1",
    // Isolated pages have finer clocks, and threads in WebAssembly.
    headers: {
      "Cross-Origin-Opener-Policy": "same-origin",
      "Cross-Origin-Embedder-Policy": "require-corp",
      "Cache-Control": "no-store",
    },
  },
});
