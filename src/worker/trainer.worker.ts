import { type DeviceChoice, deviceFor, findAdapter } from "../engine/device/adapters.ts";
import { CpuDevice } from "../engine/device/cpu.ts";
import type { TrainingDevice } from "../engine/device/device.ts";
import { GpuDevice } from "../engine/device/gpu.ts";
import { GpuUnavailableError } from "../engine/errors.ts";
import { fineTuner } from "../engine/problems/fineTuning.ts";
import type { TrainerEvent } from "../engine/run/events.ts";
import { describe } from "../engine/run/failure.ts";
import type { RequestContext } from "./handlers/handler.ts";
import { handlers } from "./handlers/index.ts";
import type { LocalFiles } from "./localFiles.ts";
import { processorThreads } from "./processorThreads.ts";
import type { RequestMessage, ResponseMessage, TrainerCommand, TrainerMessage } from "./protocol.ts";
import type { Progress, RequestName, ResponseOf } from "./rpc.ts";
import { originSources } from "./sources.ts";
import { removeStaged } from "./stagedFiles.ts";
import { startThread } from "./startThread.ts";

declare const self: DedicatedWorkerGlobalScope;

function emit(event: TrainerEvent, run: number): void {
  // What was measured is made for its event and not needed here again, so it is handed over rather than copied.
  self.postMessage({ run, event } satisfies TrainerMessage, event.type === "measured" ? [event.values.buffer] : []);
}

// The page gives its own address as the worker's name: scripts move when they are bundled, `models/` does not. What was
// chosen to train on stands in the query.
const page = new URL(self.name);
const chosen = (page.searchParams.get("device") ?? undefined) as DeviceChoice | undefined;
let hadGpu = false;

/** What was chosen, or the faster. A graphics device that was lost is asked for again: no run changes its device unseen. */
async function openDevice(): Promise<TrainingDevice> {
  if (!self.isSecureContext) {
    throw new GpuUnavailableError(
      "this page was opened over plain HTTP, where browsers switch WebGPU off",
      "Open it over https:// or from localhost.",
    );
  }
  const { gpu } = navigator as Navigator & { gpu?: GPU };
  const found = gpu && !hadGpu ? await findAdapter(gpu).catch(() => undefined) : undefined;
  if (!gpu || (!hadGpu && deviceFor(found?.adapter, chosen) === "processor")) return openProcessor();
  hadGpu = true;
  return GpuDevice.open(gpu);
}

function openProcessor(): CpuDevice {
  return new CpuDevice(Float32Array, { count: processorThreads(), start: startThread });
}

const localFiles: LocalFiles = new Map();
const sources = originSources(page, localFiles);
const trainer = fineTuner(openDevice, sources, emit);
const pending = new Map<number, AbortController>();
// A tab that was closed cannot remove what it has left.
void removeStaged().catch(() => {});

/** Handles a request beside the run; a response or a failure leaves, never an exception. */
async function respond({ id, name, request }: Extract<RequestMessage, { type: "request" }>): Promise<void> {
  const tell = (message: ResponseMessage) => self.postMessage(message);
  const abort = new AbortController();
  pending.set(id, abort);
  try {
    const progress: Progress = (doing, fraction, transfer) =>
      tell({ id, doing, ...(fraction !== undefined && { fraction }), ...(transfer && { transfer }) });
    const context = { trainer, sources, localFiles, progress, signal: abort.signal };
    // That request and name belong together is checked where the page sends them.
    const handle = handlers[name] as (request: unknown, context: RequestContext) => Promise<ResponseOf<RequestName>>;
    tell({ id, response: await handle(request, context) });
  } catch (error) {
    tell({ id, failure: describe(error) });
  } finally {
    pending.delete(id);
  }
}

self.addEventListener("message", ({ data }: MessageEvent<TrainerCommand | RequestMessage>) => {
  switch (data.type) {
    case "prepare":
      return void trainer.prepare(data.config, data.from);
    case "change":
      return trainer.change(data.name, data.value);
    case "sample":
      return void trainer.sample(data.prompt);
    case "request":
      return void respond(data);
    case "cancel":
      return pending.get(data.id)?.abort();
    case "localFiles":
      return void localFiles.set(data.reference, data.files);
    default:
      return void trainer[data.type]();
  }
});
