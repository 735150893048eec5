import react from "@vitejs/plugin-react";
import { defineConfig } from "vitest/config";
import { softwareVulkan } from "./tools/test/softwareVulkan.mjs";
import { assemblyScript } from "./tools/wasm/plugin.mjs";

/** What isolates the page from other origins: browsers share memory between threads on no other. */
const isolated = {
  headers: { "Cross-Origin-Opener-Policy": "same-origin", "Cross-Origin-Embedder-Policy": "require-corp" },
};

export default defineConfig(() => {
  // Dawn finds its Vulkan driver through the environment of the process, which test workers inherit.
  if (process.env.VITEST) Object.assign(process.env, softwareVulkan(process.env));
  return {
    base: "./",
    plugins: [react(), assemblyScript()],
    worker: { format: "es" as const, plugins: () => [assemblyScript()] },
    // What only the worker loads the server would find when it starts, and then reload the page under the run.
    // Pages under bench/ are another package's, whose dependencies need not be there.
    optimizeDeps: {
      include: ["@huggingface/hub", "@huggingface/tokenizers", "fflate", "onnxruntime-web/wasm", "papaparse"],
      entries: ["index.html"],
    },
    server: isolated,
    preview: isolated,
    build: { target: "es2022", chunkSizeWarningLimit: 700 },
    test: {
      include: ["src/**/*.test.ts", "src/**/*.test.tsx", "bench/**/*.test.ts"],
      pool: "forks" as const,
      // A software GPU uses every core by itself, and pipelines are shared within a process.
      maxWorkers: 1,
      isolate: false,
      // A busy machine is no failure.
      testTimeout: 300_000,
      hookTimeout: 300_000,
    },
  };
});
