import source from "../../../shaders/exchange.wgsl?raw";
import flatIndex from "../../../shaders/lib/flat_index.wgsl?raw";
import { defineKernel } from "./kernel.ts";

/** Exchanges the values of two tensors, without room for a third. */
export const exchangeKernel = defineKernel({
  name: "exchange",
  reads: [],
  updates: ["a", "b"],
  writes: [],
  params: { length: "u32" },
  variants: [{ entry: "exchange", source: source + flatIndex, invocations: ({ length }) => Math.ceil(length / 4) }],

  reference({ a, b }, { length }) {
    for (let i = 0; i < length; i++) [a[i], b[i]] = [b[i]!, a[i]!];
  },
});
