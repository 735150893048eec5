import type { Changeable } from "../../engine/settings/changes.ts";
import type { TrainerClient } from "../../worker/client.ts";
import { goesOn, isCurrent } from "./labState.ts";
import { useLab } from "./labStore.ts";
import { isHeld } from "./phase.ts";
import { build, client, forgetIntent, putBack, restingPhase } from "./runEvents.ts";
import type { RunRecord } from "./runRecord.ts";
import { nextRun, shelved, tickedWith } from "./runShelf.ts";

/** Steps from which on a run that is reset is kept beside the next; a finished one is in any case. */
const WORTH_KEEPING = 50;

const set = useLab.setState;
const get = useLab.getState;

/** What is done with the run on screen. */
export const runActions = {
  /** Goes on with the run on screen, or builds a new one where the settings changed or it is over. */
  train(): void {
    const state = get();
    if (goesOn(state)) {
      set({ phase: "training", failure: undefined });
      client.send({ type: "train" });
    } else {
      build("train");
    }
  },

  /** The worker ends the step or the validation that it is at, which may take a while. */
  pause(): void {
    if (get().phase !== "training") return;
    set({ phase: "pausing" });
    client.send({ type: "pause" });
  },

  step(): void {
    const state = get();
    if (state.phase === "paused" && isCurrent(state)) {
      set({ phase: "training", failure: undefined });
      client.send({ type: "step" });
    } else build("step");
  },

  /** Back to step 0. What a run of some length has shown stays on the shelf, so that a slip of the hand loses nothing. */
  reset(): void {
    const state = get();
    const { current, phase } = state;
    if (!isHeld(phase) && phase !== "training") return;
    forgetIntent();
    const isWorthKeeping = current && (phase === "finished" || current.rows.length > WORTH_KEEPING);
    set({
      failure: undefined,
      phase: "working",
      progress: { doing: "Going back to the start" },
      ...(isWorthKeeping && { ...shelved(current, state), current: { ...current, ...nextRun(state) } }),
    });
    client.send({ type: "reset" });
  },

  /** Changes a setting of the run on screen from its next step on. */
  change(name: Changeable, value: number): void {
    client.send({ type: "change", name, value });
  },

  /** Back to where the validation was best; the run as it is stays on the shelf. */
  goBack(): void {
    const { phase } = get();
    if (!isHeld(phase) && phase !== "training") return;
    forgetIntent();
    set({ failure: undefined, phase: "working", progress: { doing: "Going back" } });
    client.send({ type: "goBack" });
  },

  /**
   * Ends preparation at once. What was on screen before comes back to be looked at; the worker gave it up when it began
   * with the new run.
   */
  cancel(): void {
    if (get().phase !== "preparing") return;
    forgetIntent();
    client.abandon();
    putBack();
    set({ phase: restingPhase(), progress: undefined });
  },

  sample(prompt: string): void {
    if (!isHeld(get().phase)) return;
    set({ phase: "working", progress: { doing: "Writing samples" } });
    client.send({ type: "sample", prompt });
  },

  /** The run as it was at a step is in a file now. */
  markSaved(step: number): void {
    set({ savedAt: step });
  },

  /** Draws a run of the shelf beside the current one, or no more. */
  tick(run: RunRecord, isTicked: boolean): void {
    set({ ticked: tickedWith(run, isTicked, get()) });
  },

  /** Takes a run off the shelf. */
  drop(run: RunRecord): void {
    const { kept, ticked } = get();
    set({ kept: kept.filter(({ id }) => id !== run.id), ticked: ticked.filter((id) => id !== run.id) });
  },

  dismissFailure(): void {
    set({ failure: undefined });
  },

  /** Asks the worker for something beside the run. */
  ask: client.ask.bind(client) as TrainerClient["ask"],
};
