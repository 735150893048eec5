import { create } from "zustand";
import type { Failure } from "../../engine/run/events.ts";
import type { RequestOf, ResponseOf } from "../../worker/rpc.ts";
import { isBusy } from "./phase.ts";
import { lab, useLab } from "./store.ts";

/** What can be done on the device of this tab while no run is on. */
export type TaskName = "checkDevice" | "tuneKernels" | "benchDevice" | "profileStep";

export interface DeviceTaskState<N extends TaskName> {
  /** What is being done, while something is; `fraction` is of all of it. */
  readonly progress: { readonly doing: string; readonly fraction: number } | undefined;
  /** What came of it when it last came to its end. */
  readonly result: ResponseOf<N> | undefined;
  /** Why it did not come to its end after that. */
  readonly failure: Failure | undefined;
}

export interface DeviceTask<N extends TaskName> {
  readonly use: () => DeviceTaskState<N>;
  readonly state: () => DeviceTaskState<N>;
  readonly start: (question: RequestOf<N>) => Promise<void>;
  readonly cancel: () => void;
}

/** Something long that the worker does on its device when asked: one at a time, with progress, given up for a run. */
export function deviceTask<N extends TaskName>(name: N): DeviceTask<N> {
  const useTask = create<DeviceTaskState<N>>(() => ({ progress: undefined, result: undefined, failure: undefined }));
  const set = (state: Partial<DeviceTaskState<N>>) => useTask.setState(state);
  let running: AbortController | undefined;
  const cancel = () => running?.abort();

  // Whoever starts a run does not want to wait for it.
  useLab.subscribe(({ phase }) => {
    if (isBusy(phase)) cancel();
  });
  return {
    use: useTask,
    state: useTask.getState,
    cancel,
    async start(question) {
      if (running) return;
      running = new AbortController();
      set({ progress: { doing: "Starting", fraction: 0 }, failure: undefined });
      try {
        const { signal } = running;
        const result = await lab.ask(name, question, {
          signal,
          progress: (doing, fraction = 0) => set({ progress: { doing, fraction } }),
        });
        set({ result });
      } catch (failure) {
        set({ failure: failure as Failure });
      } finally {
        running = undefined;
        set({ progress: undefined });
      }
    },
  };
}
