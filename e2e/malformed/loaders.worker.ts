import { parseAdapterConfig } from "../../src/engine/checkpoint/adapterConfig.ts";
import { parseConfig } from "../../src/engine/checkpoint/config.ts";
import { type CheckpointFiles, readText } from "../../src/engine/checkpoint/files.ts";
import { readTokenizer } from "../../src/engine/checkpoint/tokenizerFiles.ts";
import { nonFiniteWarnings } from "../../src/engine/checkpoint/warnings.ts";
import { openWeights } from "../../src/engine/checkpoint/weights.ts";
import { checkOnnx } from "../../src/engine/onnx/checkOnnx.ts";
import { readExperiment } from "../../src/engine/settings/experiment.ts";
import { checkpointFiles } from "../../src/worker/localFiles.ts";
import type { LoaderJob, Outcome } from "./outcome.ts";

type Read = Pick<Outcome, "values" | "warnings" | "ids">;

/** The product's loaders, by kind of input, which they are given as a file that was dropped. */
const loaders: Readonly<Record<string, (files: CheckpointFiles, job: LoaderJob) => Promise<Read>>> = {
  async safetensors(files, { names = [] }) {
    const values: [string, number[]][] = [];
    const notFinite: string[] = [];
    for (const tensors of await (await openWeights(files)).open()) {
      for (const name of names) values.push([name, [...tensors.read(name).values]]);
      notFinite.push(...tensors.notFinite);
    }
    return { values, warnings: nonFiniteWarnings(notFinite).map(({ code }) => code) };
  },
  async config(files, { file }) {
    parseConfig(await readText(files, file, "config-not-json"), file);
    return {};
  },
  async "adapter-config"(files, { file }) {
    parseAdapterConfig(await readText(files, file, "config-not-json"), file);
    return {};
  },
  async tokenizer(files, { probe }) {
    const tokenizer = await readTokenizer(files, {});
    if (probe === undefined) return {};
    const { ids } = tokenizer.encode(probe);
    return ids.length > 1000 ? {} : { ids };
  },
  async onnx(files, { file }) {
    checkOnnx(await files.read(file), file);
    return {};
  },
  async mutation(files, { file }) {
    await readExperiment(new TextDecoder().decode(await files.read(file)), file);
    return {};
  },
};

const uncaught: string[] = [];
let gpuBuffers = 0;

/** Counts what would allocate: no input may. */
function watchGpu(): void {
  if (!("GPUDevice" in self)) return;
  const { createBuffer } = GPUDevice.prototype;
  GPUDevice.prototype.createBuffer = function (descriptor) {
    gpuBuffers++;
    return createBuffer.call(this, descriptor);
  };
}

async function read(job: LoaderJob, bytes: ArrayBuffer): Promise<Pick<Outcome, "verdict" | "ms"> & Partial<Outcome>> {
  const files = checkpointFiles([{ name: job.file, content: new Blob([bytes]) }]);
  const before = performance.now();
  try {
    const found = await loaders[job.kind]!(files, job);
    return { verdict: "accept", ms: performance.now() - before, ...found };
  } catch (error) {
    const ms = performance.now() - before;
    const { name, message, code } = error as Error & { code?: unknown };
    if (typeof code !== "string") return { verdict: "uncoded", message: `${name}: ${message}`, ms };
    return { verdict: "reject", code, message, ms };
  }
}

addEventListener("error", ({ message }) => uncaught.push(message));
addEventListener("unhandledrejection", ({ reason }) => uncaught.push(String(reason)));
addEventListener("message", async ({ data: { job, bytes } }: MessageEvent<{ job: LoaderJob; bytes: ArrayBuffer }>) => {
  const outcome = await read(job, bytes);
  // Rejections that nobody handles are told after the tasks that made them.
  await new Promise((resolve) => setTimeout(resolve));
  if ("polluted" in {} || Object.keys(Object.prototype).length > 0) uncaught.push("Object.prototype was changed");
  if (gpuBuffers > 0) uncaught.push(`${gpuBuffers} GPU buffers were made`);
  postMessage({ ...outcome, uncaught: uncaught.splice(0) });
});
watchGpu();
