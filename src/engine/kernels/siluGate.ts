import flatIndex from "../../../shaders/lib/flat_index.wgsl?raw";
import source from "../../../shaders/silu_gate.wgsl?raw";
import backwardSource from "../../../shaders/silu_gate_backward.wgsl?raw";
import { defineKernel, flatUnits } from "./kernel.ts";

/** SiLU(gate) ⊙ value: the gated half of a SwiGLU perceptron (Shazeer, 2020). */
export const siluGateKernel = defineKernel({
  name: "silu_gate",
  reads: ["gate", "value"],
  writes: ["out"],
  params: { length: "u32" },
  variants: [{ entry: "silu_gate", source: source + flatIndex, invocations: ({ length }) => length }],
  simd: ({ length }) => [{ entry: "siluGate", units: flatUnits(length) }],

  reference({ gate, value, out }, { length }) {
    for (let i = 0; i < length; i++) out[i] = (gate[i]! / (1 + Math.exp(-gate[i]!))) * value[i]!;
  },
});

/** Its gradient with respect to the gate. */
export const siluGateBackwardKernel = defineKernel({
  name: "silu_gate_backward",
  reads: ["gate", "value", "dOut"],
  writes: ["dGate"],
  params: { length: "u32" },
  variants: [{ entry: "silu_gate_backward", source: backwardSource + flatIndex, invocations: ({ length }) => length }],
  simd: ({ length }) => [{ entry: "siluGateBackward", units: flatUnits(length) }],

  reference({ gate, value, dOut, dGate }, { length }) {
    for (let i = 0; i < length; i++) {
      const share = 1 / (1 + Math.exp(-gate[i]!));
      dGate[i] = dOut[i]! * value[i]! * share * (1 + gate[i]! * (1 - share));
    }
  },
});
