import { CpuDevice } from "../engine/device/cpu.ts";
import type { TrainingDevice } from "../engine/device/device.ts";
import { GpuDevice } from "../engine/device/gpu.ts";
import { GpuUnavailableError } from "../engine/errors.ts";
import { fineTuner } from "../engine/problems/fineTuning.ts";
import type { TrainerEvent } from "../engine/train/events.ts";
import { describe } from "../engine/train/failure.ts";
import { type AnswerContext, answers } from "./answers.ts";
import type { Offers } from "./offers.ts";
import type { AnswerMessage, AskMessage, TrainerCommand, TrainerMessage } from "./protocol.ts";
import type { Answer, Progress, RequestName } from "./requests.ts";
import { originSources } from "./sources.ts";

declare const self: DedicatedWorkerGlobalScope;

function emit(event: TrainerEvent, run: number): void {
  // What was measured is made for its event and not needed here again, so it is handed over rather than copied.
  self.postMessage({ run, event } satisfies TrainerMessage, event.type === "measured" ? [event.values.buffer] : []);
}

// The page gives its own address as the worker's name: scripts move when they are bundled, `models/` does not. What it
// prefers to train on stands in the query.
const page = new URL(self.name);
const prefersProcessor = page.searchParams.get("device") === "processor";
let hadGpu = false;

/** The graphics device, or the processor where there never was one: a run that lost its device does not change it unseen. */
async function openDevice(): Promise<TrainingDevice> {
  if (!self.isSecureContext) {
    throw new GpuUnavailableError(
      "this page was opened over plain HTTP, where browsers switch WebGPU off",
      "Open it over https:// or from localhost.",
    );
  }
  if (prefersProcessor) return new CpuDevice();
  const { gpu } = navigator as Navigator & { gpu?: GPU };
  const isThere = hadGpu || (await gpu?.requestAdapter().catch(() => null));
  if (!gpu || !isThere) return new CpuDevice();
  hadGpu = true;
  return GpuDevice.open(gpu);
}

const offers: Offers = new Map();
const sources = originSources(page, offers);
const trainer = fineTuner(openDevice, sources, emit);
const asked = new Map<number, AbortController>();

/** Answers a question in its own time; only an answer or a failure leaves, never an exception. */
async function answer({ id, name, question }: Extract<AskMessage, { type: "ask" }>): Promise<void> {
  const tell = (message: AnswerMessage) => self.postMessage(message);
  const abort = new AbortController();
  asked.set(id, abort);
  try {
    const progress: Progress = (doing, fraction, transfer) =>
      tell({ id, doing, ...(fraction !== undefined && { fraction }), ...(transfer && { transfer }) });
    const context = { trainer, sources, offers, progress, signal: abort.signal };
    // Every name has the handler of its own question; that the two belong together is what the page's `ask` checks.
    const handle = answers[name] as (question: unknown, context: AnswerContext) => Promise<Answer<RequestName>>;
    tell({ id, answer: await handle(question, context) });
  } catch (error) {
    tell({ id, failure: describe(error) });
  } finally {
    asked.delete(id);
  }
}

self.addEventListener("message", ({ data }: MessageEvent<TrainerCommand | AskMessage>) => {
  switch (data.type) {
    case "prepare":
      return void trainer.prepare(data.config, data.from);
    case "sample":
      return void trainer.sample(data.prompt);
    case "ask":
      return void answer(data);
    case "no longer ask":
      return asked.get(data.id)?.abort();
    case "offer":
      return void offers.set(data.reference, data.files);
    default:
      return void trainer[data.type]();
  }
});
