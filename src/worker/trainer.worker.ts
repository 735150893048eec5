import { GpuDevice } from "../engine/device/gpu.ts";
import { GpuUnavailableError } from "../engine/errors.ts";
import type { TrainerEvent } from "../engine/train/events.ts";
import { Trainer } from "../engine/train/trainer.ts";
import type { TrainerCommand, TrainerMessage } from "./protocol.ts";
import { originSources } from "./sources.ts";

declare const self: DedicatedWorkerGlobalScope;

function emit(event: TrainerEvent, run: number): void {
  // A spectrum is made for its event and not needed here again, so it is handed over rather than copied.
  self.postMessage({ run, event } satisfies TrainerMessage, event.type === "spectrum" ? [event.values.buffer] : []);
}

async function openDevice(): Promise<GpuDevice> {
  if (!self.isSecureContext) {
    throw new GpuUnavailableError(
      "this page was opened over plain HTTP, where browsers switch WebGPU off",
      "Open it over https:// or from localhost.",
    );
  }
  const { gpu } = navigator as Navigator & { gpu?: GPU };
  if (!gpu) {
    throw new GpuUnavailableError(
      "this browser has no WebGPU in workers",
      "Use a current Chrome or Edge; on Linux, WebGPU may have to be switched on at chrome://flags/#enable-unsafe-webgpu.",
    );
  }
  return GpuDevice.open(gpu);
}

// The page gives its own address as the worker's name: scripts move when they are bundled, `models/` does not.
const trainer = new Trainer(openDevice, originSources(new URL(self.name)), emit);

self.addEventListener("message", ({ data }: MessageEvent<TrainerCommand>) => {
  switch (data.type) {
    case "prepare":
      return void trainer.prepare(data.config);
    case "sample":
      return void trainer.sample(data.prompt);
    default:
      return void trainer[data.type]();
  }
});
