import { choice, since } from "../../field.ts";
import { measurement, type Update } from "../../methods/diagnostics/diagnostic.ts";
import { difference } from "../../ops/difference.ts";
import { rowMajorOf } from "../../ops/layout.ts";
import { matmul } from "../../ops/matmul.ts";
import type { Tape } from "../../ops/tape.ts";
import { sizeOf, type Tensor } from "../../ops/tensor.ts";

/** The squared Frobenius norm of every update. */
export const energy = measurement({
  label: "Toy of energy",
  source: "Golub and Van Loan 2013, Matrix Computations",
  equation: "‖ΔW‖²",
  chart: "lines",
  fields: {
    toyEnergy: since(99, choice("Toy energy", "off", { off: "Off", on: "On" }, "Whether it is measured.")),
  },
  isOn: ({ toyEnergy }) => toyEnergy === "on",
  columns: () => [{ name: "squared norm" }],

  measure(tape, { update }) {
    const whole = rowMajorOf(tape, matrixOf(tape, update));
    const [layers] = whole.shape as [number];
    const flat = tape.reshape(whole, [layers, 1, sizeOf(whole.shape) / layers]);
    const values = tape.reshape(matmul(tape, flat, flat, { transposeB: true }), [layers, 1]);
    return { values, scale: "dense" in update ? 1 : update.scale ** 2 };
  },

  reference: ({ update: { values } }) => [Array.from(values).reduce((sum, value) => sum + value * value, 0)],
});

/** ΔW or its transpose, without its scale. */
function matrixOf(tape: Tape, update: Update): Tensor {
  if ("dense" in update) return update.initial ? difference(tape, update.dense, update.initial) : update.dense;
  const { left, core, right } = update;
  return matmul(tape, core ? matmul(tape, left, core) : left, right, { transposeB: true });
}
