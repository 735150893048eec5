import { ShapeError } from "../errors.ts";
import { siluGateBackwardKernel, siluGateKernel } from "../kernels/siluGate.ts";
import { rowMajorOf } from "./layout.ts";
import type { Tape } from "./tape.ts";
import { sizeOf, type Tensor } from "./tensor.ts";

/**
 * SiLU(gate) ⊙ value with SiLU(x) = x / (1 + e⁻ˣ), any shape: what a SwiGLU perceptron has between its layers (Shazeer,
 * 2020, arXiv:2002.05202).
 *
 * @throws ShapeError when the shapes differ.
 */
export function siluGate(tape: Tape, gate: Tensor, value: Tensor): Tensor {
  if (gate.shape.join() !== value.shape.join()) {
    throw new ShapeError(`siluGate: ${gate.name} [${gate.shape}] and ${value.name} [${value.shape}] differ in shape`);
  }
  const params = { length: sizeOf(gate.shape) };
  const inputs = { gate: rowMajorOf(tape, gate), value: rowMajorOf(tape, value) };
  const out = tape.tensor(`silu(${gate.name}) ⊙ ${value.name}`, gate.shape);
  tape.dispatch(siluGateKernel, { tensors: { ...inputs, out }, params });
  tape.record(out, [
    [
      gate,
      (grad) => {
        const dGate = tape.tensor(`d ${gate.name}`, gate.shape);
        tape.dispatch(siluGateBackwardKernel, { tensors: { ...inputs, dOut: rowMajorOf(tape, grad), dGate }, params });
        return dGate;
      },
    ],
    [
      value,
      (grad) => {
        const dValue = tape.tensor(`d ${value.name}`, value.shape);
        tape.dispatch(siluGateKernel, {
          tensors: { gate: inputs.gate, value: rowMajorOf(tape, grad), out: dValue },
          params,
        });
        return dValue;
      },
    ],
  ]);
  return out;
}
