import { create } from "zustand";
import type { Failure } from "../engine/train/events.ts";
import type { Receipt } from "../engine/train/receipt.ts";
import type { DeviceChecks } from "../worker/requests.ts";
import { isBusy } from "./phase.ts";
import { lab, useLab } from "./store.ts";

export interface TrustState {
  /** The check that was last finished, while checks are run; `fraction` is of all of them. */
  readonly progress: { readonly doing: string; readonly fraction: number } | undefined;
  /** The last checks that came to their end. */
  readonly checked: DeviceChecks | undefined;
  /** Why the checks before did not come to theirs. */
  readonly failure: Failure | undefined;
}

export const useTrust = create<TrustState>(() => ({ progress: undefined, checked: undefined, failure: undefined }));

const set = useTrust.setState;
let running: AbortController | undefined;

export const trust = {
  /** Runs all checks on the device of this tab. */
  async check(): Promise<void> {
    if (running) return;
    const abort = new AbortController();
    running = abort;
    set({ progress: { doing: "Starting", fraction: 0 }, failure: undefined });
    try {
      const checked = await lab.ask(
        "checkDevice",
        {},
        { signal: abort.signal, progress: (doing, fraction = 0) => set({ progress: { doing, fraction } }) },
      );
      set({ checked });
    } catch (failure) {
      set({ failure: failure as Failure });
    } finally {
      running = undefined;
      set({ progress: undefined });
    }
  },

  cancel(): void {
    running?.abort();
  },

  /** The receipt of the run that the worker holds, with the last checks of its device. @throws Failure, as plain data. */
  receipt(): Promise<Receipt> {
    const { current } = useLab.getState();
    const { checked } = useTrust.getState();
    return lab.ask("receipt", {
      rows: current?.rows ?? [],
      validation: current?.evaluations.at(-1)?.values,
      checked: checked && { adapter: checked.adapter, summary: checked.summary },
    });
  },
};

// Whoever starts a run does not want to wait for checks.
useLab.subscribe(({ phase }) => {
  if (isBusy(phase)) trust.cancel();
});
