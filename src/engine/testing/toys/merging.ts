import { number, since } from "../../field.ts";
import { takeUnlessStoppedKernel } from "../../kernels/takeUnlessStopped.ts";
import { stackOf } from "../../methods/optimizers/descend.ts";
import { rankSchedule, type ScheduledStack } from "../../methods/ranks/rankSchedule.ts";
import { matmul } from "../../ops/matmul.ts";
import type { Tape } from "../../ops/tape.ts";
import { stacked, type Tensor } from "../../ops/tensor.ts";

/** Merges the update into the weights now and then and starts it anew; the optimizer's state goes on. */
export const merging = rankSchedule({
  label: "Toy of merges",
  source: "Lialin et al. 2023, arXiv:2307.05695",
  equation: "W ← W + ΔW, then A anew and B = 0",
  fields: {
    toyMergeEvery: since(
      99,
      number("Toy merge every", 3, { min: 1, max: 1000, whole: true }, "Steps between two merges."),
    ),
  },
  every: ({ toyMergeEvery }) => toyMergeEvery,
  rate: () => 1,
  kept: ({ shape: { inFeatures, outFeatures }, rank, times }) => ({
    up: [outFeatures, times * rank],
    down: [inFeatures, times * rank],
  }),

  record(tape, stack) {
    const { pair, parameters, kept, clip } = stack;
    const take = (input: Tensor, out: Tensor) =>
      tape.dispatch(takeUnlessStoppedKernel, { tensors: { input, clip, out }, params: stackOf(out) });
    for (const side of ["up", "down"] as const)
      take(beside(tape, pair[side], kept[side]!, kept[side]!.shape[2]!), kept[side]!);
    for (const { value, fresh } of parameters) take(fresh, value);
    this.rebuild(tape, stack);
  },

  rebuild(tape, { pair, kept, pretrained, base }: ScheduledStack) {
    const options = { transposeB: true, scale: pair.scale, add: pretrained, strides: base.strides };
    tape.deliver(matmul(tape, kept.up!, kept.down!, options), base);
  },

  total(tape, { pair, kept }, times) {
    const cols = (1 + times) * pair.up.shape[2]!;
    return {
      up: beside(tape, pair.up, kept.up!, cols),
      down: beside(tape, pair.down, kept.down!, cols),
      scale: pair.scale,
    };
  },

  reference({ base, delta, parameters }) {
    for (let at = 0; at < base.length; at++) base[at]! += delta[at]!;
    for (const { value, fresh } of parameters) value.set(fresh);
  },

  problems: (_, { adapter, method }) =>
    adapter?.adapter.restarts
      ? []
      : [{ field: "rankSchedule", problem: `${method} cannot start again; choose LoRA, or leave the rank fixed` }],
});

/** A factor followed by those before it, as many columns as there are places. */
function beside(tape: Tape, newest: Tensor, before: Tensor, cols: number): Tensor {
  const [layers, rows, rank] = newest.shape as [number, number, number];
  const all = tape.tensor(`all of ${newest.name}`, [layers, rows, cols], stacked([layers, rows, cols]));
  const columns = (of: Tensor, count: number, offset: number) =>
    tape.view(of, { shape: [layers, rows, count], strides: of.strides, offset });
  tape.copy(newest, columns(all, rank, 0));
  if (cols > rank) tape.copy(columns(before, cols - rank, 0), columns(all, cols - rank, rank));
  return all;
}
