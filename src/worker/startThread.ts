import type { StartThread } from "../engine/device/threads/pool.ts";

/** A thread of the processor as a worker of this one. */
export const startThread: StartThread = (task, onEnd) => {
  const worker = new Worker(new URL("../engine/device/threads/browserThread.mjs", import.meta.url), { type: "module" });
  worker.addEventListener("error", onEnd);
  worker.postMessage(task);
  return () => worker.terminate();
};
