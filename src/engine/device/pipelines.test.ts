import { expect, test } from "vitest";
import { globals } from "webgpu";
import { matmulKernel } from "../kernels/matmul.ts";
import { matmulVariants, productClasses, writtenChoice } from "../kernels/matmulVariants.ts";
import { Ledger } from "./ledger.ts";
import { PipelineCache } from "./pipelines.ts";

Object.assign(globalThis, globals);

/** A device that compiles whatever it is given. */
const compliant = {
  pushErrorScope: () => {},
  popErrorScope: async () => null,
  createShaderModule: () => ({}),
  createBindGroupLayout: () => ({}),
  createPipelineLayout: () => ({}),
  createComputePipelineAsync: async () => ({}),
} as unknown as GPUDevice;

const entries = {
  plain: "matmul",
  quads: "matmul_quad",
  split: "matmul_split",
  tiled: "matmul_tiled",
  blocks: "matmul_blocks",
};

test.each(matmulVariants)("products are computed by the chosen variant %s", async (variant) => {
  const cache = new PipelineCache(
    compliant,
    { kind: "hardware", subgroups: true, shaderF16: true, invocations: 256 },
    new Ledger(),
  );
  const choice = Object.fromEntries(productClasses.map((each) => [each, variant] as const));
  cache.kernelChoice = writtenChoice(choice as Parameters<typeof writtenChoice>[0]);
  const sizes = { batch: 1, rows: 64, inner: 64, cols: 64 };
  const zeros = Object.fromEntries(Object.keys(matmulKernel.params).map((name) => [name, 0]));
  const compiled = await cache.get(matmulKernel, {}, { ...zeros, ...sizes }, {});
  expect(compiled.variant.entry).toBe(entries[variant]);
});
