import { number } from "../../field.ts";
import { pruneMagnitudesKernel } from "../../kernels/pruneMagnitudes.ts";
import { takeUnlessStoppedKernel } from "../../kernels/takeUnlessStopped.ts";
import { matmul } from "../../ops/matmul.ts";
import type { Tape } from "../../ops/tape.ts";
import { stacked, type Tensor } from "../../ops/tensor.ts";
import type { Adapter } from "../adapters/adapter.ts";
import { adapters } from "../adapters/index.ts";
import { stackOf } from "../optimizers/descend.ts";
import { rankSchedule } from "./rankSchedule.ts";

/** Columns that the pairs of a layer may have together. */
const MOST_KEPT = 1024;

/**
 * ReLoRA: now and then the update is merged into the frozen weights, A is drawn anew, B is 0 again, the optimizer's state of
 * both is pruned and the learning rate rises from 0 once more (Lialin et al., 2023, arXiv:2307.05695, §3). Merged pairs are kept
 * beside each other, and W + (α / r) · (B₁ A₁ + B₂ A₂ + …) is computed from all of them at every merge: what a run goes on
 * with is then a matter of its pairs alone. AdamW's count of steps, by which it corrects its moments, goes on.
 */
export const relora = rankSchedule({
  label: "ReLoRA (merge and restart)",
  source: "Lialin et al. 2023, arXiv:2307.05695",
  equation: "W ← W + (α / r) · B A, then A anew and B = 0",
  fields: {
    mergeEvery: {
      ...number("Merge every", 25, { min: 1, max: 100000, whole: true }, "Steps between two merges."),
      since: 6,
      isMinor: true,
    },
    rewarmupSteps: {
      ...number(
        "Re-warm-up",
        5,
        { min: 0, max: 10000, whole: true },
        "Steps after a merge over which the learning rate rises from 0 to its schedule; the paper takes 50 to 100.",
      ),
      since: 6,
      isMinor: true,
    },
    stateReset: {
      ...number(
        "State reset",
        1,
        { min: 0, max: 1 },
        "Share of the optimizer's state that a merge sets to 0, the smallest values first; 1 resets all of it, the authors' run of a billion parameters takes 0.9.",
      ),
      since: 6,
      isMinor: true,
    },
  },

  every: ({ mergeEvery }) => mergeEvery,

  rate(step, { mergeEvery, rewarmupSteps }) {
    const since = step % mergeEvery;
    return step < mergeEvery || since >= rewarmupSteps ? 1 : (since + 1) / (rewarmupSteps + 1);
  },

  kept: ({ shape: { inFeatures, outFeatures }, rank, times }) => ({
    up: [outFeatures, times * rank],
    down: [inFeatures, times * rank],
  }),

  record(tape, stack, { stateReset }) {
    const { pair, parameters, kept, clip } = stack;
    const take = (input: Tensor, out: Tensor) =>
      tape.dispatch(takeUnlessStoppedKernel, { tensors: { input, clip, out }, params: stackOf(out) });
    for (const side of ["up", "down"] as const) {
      const { shape } = kept[side]!;
      take(besides(tape, pair[side], kept[side]!, shape[2]!), kept[side]!);
    }
    for (const { value, fresh, state } of parameters) {
      take(fresh, value);
      for (const values of stateReset > 0 ? Object.values(state) : []) {
        const place = Math.floor(stateReset * (stackOf(values).size - 1));
        const { count: rows, ...matrix } = stackOf(values);
        tape.dispatch(pruneMagnitudesKernel, { tensors: { clip, values }, params: { rows, ...matrix, place } });
      }
    }
    this.rebuild(tape, stack);
  },

  rebuild(tape, { pair, kept: { up, down }, pretrained, base }) {
    const options = { transposeB: true, scale: pair.scale, add: pretrained, strides: base.strides };
    tape.deliver(matmul(tape, up!, down!, options), base);
  },

  total(tape, { pair, kept }, times) {
    const rank = pair.up.shape[2]!;
    const all = (side: "up" | "down") => besides(tape, pair[side], kept[side]!, (1 + times) * rank);
    return { up: all("up"), down: all("down"), scale: pair.scale };
  },

  reference({ base, delta, parameters }, { stateReset }) {
    for (let at = 0; at < base.length; at++) base[at]! += delta[at]!;
    for (const { value, fresh, state } of parameters) {
      value.set(fresh);
      for (const values of stateReset > 0 ? Object.values(state) : []) {
        const sizes = values.map(Math.abs).sort();
        const limit = sizes[Math.floor(stateReset * (sizes.length - 1))]!;
        for (let at = 0; at < values.length; at++) if (Math.abs(values[at]!) <= limit) values[at] = 0;
      }
    }
  },

  problems({ mergeEvery, rewarmupSteps }, { method, adapter, rank, steps }) {
    if (!adapter?.adapter.restarts) {
      const others = Object.values<Adapter>(adapters).filter(({ restarts }) => restarts);
      const choices = others.map(({ label }) => label).join(" or ");
      const problem = `ReLoRA merges a product of two factors that starts at 0 and can start there again, which ${method} has none of; choose ${choices}, or leave the rank fixed`;
      return [{ field: "rankSchedule", problem }];
    }
    const specs = adapter.adapter.parameters({ inFeatures: rank, outFeatures: rank }, adapter.settings);
    if (Object.values(specs).some(({ rate }) => rate === "constant")) {
      const problem = `ReLoRA draws the factors of ${method} anew, which cannot be where their start is kept beside them; choose another start of the factors, or leave the rank fixed`;
      return [{ field: "rankSchedule", problem }];
    }
    if (mergeEvery >= steps) {
      const problem = `a run of ${steps} steps ends before its first merge; choose fewer than ${steps}, or more steps`;
      return [{ field: "mergeEvery", problem }];
    }
    const pairs = Math.ceil(steps / mergeEvery);
    const most = Math.floor(MOST_KEPT / rank);
    if (pairs > most) {
      const problem = `the ${pairs} pairs of rank ${rank} of a run of ${steps} steps are kept, and have more than ${MOST_KEPT.toLocaleString("en")} columns; choose at least ${Math.ceil(steps / most)}, or a lower rank`;
      return [{ field: "mergeEvery", problem }];
    }
    if (rewarmupSteps < mergeEvery) return [];
    const problem = `the learning rate would not be back before the next merge; choose fewer than ${mergeEvery} steps`;
    return [{ field: "rewarmupSteps", problem }];
  },
});

/** The first `cols` columns of a pair's factor and all before it, the newest first. */
function besides(tape: Tape, newest: Tensor, kept: Tensor, cols: number): Tensor {
  const [layers, rows, rank] = newest.shape as [number, number, number];
  const shape = [layers, rows, cols];
  const all = tape.tensor(`all of ${newest.name}`, shape, stacked(shape));
  const part = (of: Tensor, count: number, offset = 0) =>
    tape.view(of, { shape: [layers, rows, count], strides: of.strides, offset });
  tape.copy(newest, part(all, rank));
  if (cols > rank) tape.copy(part(kept, cols - rank), part(all, cols - rank, rank));
  return all;
}
