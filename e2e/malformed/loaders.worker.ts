import { parseAdapterConfig } from "../../src/engine/checkpoint/adapterConfig.ts";
import { parseConfig } from "../../src/engine/checkpoint/config.ts";
import { SafetensorsFile } from "../../src/engine/checkpoint/safetensors.ts";
import { createTokenizer } from "../../src/engine/checkpoint/tokenizer.ts";
import { nonFiniteWarnings } from "../../src/engine/checkpoint/warnings.ts";
import { readExperiment } from "../../src/engine/train/experiment.ts";
import type { LoaderJob, Outcome } from "./outcome.ts";

type Read = Pick<Outcome, "values" | "warnings" | "ids">;

/** The product's loaders, by kind of input. */
const loaders: Readonly<Record<string, (bytes: ArrayBuffer, job: LoaderJob) => Read | Promise<Read>>> = {
  safetensors(bytes, { file, names = [] }) {
    const tensors = new SafetensorsFile(bytes, file);
    const values = names.map((name) => [name, [...tensors.read(name).values]] as const);
    return { values, warnings: nonFiniteWarnings(tensors.notFinite).map(({ code }) => code) };
  },
  config(bytes, { file }) {
    parseConfig(textOf(bytes), file);
    return {};
  },
  "adapter-config"(bytes, { file }) {
    parseAdapterConfig(textOf(bytes), file);
    return {};
  },
  tokenizer(bytes, { file, probe }) {
    const tokenizer = createTokenizer(textOf(bytes), {}, file);
    if (probe === undefined) return {};
    const { ids } = tokenizer.encode(probe);
    return ids.length > 1000 ? {} : { ids };
  },
  async mutation(bytes, { file }) {
    await readExperiment(textOf(bytes), file);
    return {};
  },
};

const uncaught: string[] = [];
let gpuUses = 0;

/** Counts what would allocate: no input may. */
function watchGpu(): void {
  if (!("GPUDevice" in self)) return;
  const { createBuffer } = GPUDevice.prototype;
  GPUDevice.prototype.createBuffer = function (descriptor) {
    gpuUses++;
    return createBuffer.call(this, descriptor);
  };
}

async function read(job: LoaderJob, bytes: ArrayBuffer): Promise<Pick<Outcome, "verdict" | "ms"> & Partial<Outcome>> {
  const before = performance.now();
  try {
    const found = await loaders[job.kind]!(bytes, job);
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
  if (gpuUses > 0) uncaught.push(`${gpuUses} GPU buffers were made`);
  postMessage({ ...outcome, uncaught: uncaught.splice(0) });
});
watchGpu();

function textOf(bytes: ArrayBuffer): string {
  return new TextDecoder().decode(bytes);
}
