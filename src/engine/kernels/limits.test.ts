import { expect, test } from "vitest";
import { PARAMS_STRIDE } from "../device/params.ts";
import { allKernels } from "../testing/kernels.ts";
import { LOWEST_LIMITS, type Needs, needsOf } from "../testing/shaderNeeds.ts";
import { kernelCheckList } from "../trust/checks.ts";
import type { ElementFormat } from "./formats.ts";
import { type Kernel, shaderOf, type Variant } from "./kernel.ts";
import { matmulVariants, productClasses, selectionOf, writtenChoice } from "./matmulVariants.ts";

/** Shaders that ask for more than the lowest limits, and the twin that computes the same and does not. */
const twins: Readonly<Record<string, string>> = {
  matmul_tiled: "matmul",
  matmul_blocks: "matmul",
  matmul_split: "matmul",
};

const limits = Object.keys(LOWEST_LIMITS) as (keyof Needs)[];
const excessOf = (needs: Needs) => limits.filter((limit) => needs[limit] > LOWEST_LIMITS[limit]);
const formats: readonly ElementFormat[] = ["float32", "float16", "bfloat16"];

/** Every text that a variant can become: operands in any format, halves as such or in words, subgroups of any size. */
function specialisations(kernel: Kernel, variant: Variant): string[] {
  return formats.flatMap((format) =>
    [true, false].flatMap((shaderF16) =>
      [4, 32, 128].map((subgroupSize) => {
        const stored = Object.fromEntries(kernel.anyFormat.map((name) => [name, format]));
        return shaderOf(kernel, variant, stored, { shaderF16, subgroupSize });
      }),
    ),
  );
}

const kernels = await allKernels();
const all = kernels.flatMap((kernel) =>
  kernel.variants.flatMap((variant) => {
    const { several } = variant;
    return [variant, ...(several === undefined ? [] : [{ ...variant, source: several }])].map((form) => ({
      kernel,
      variant: form,
    }));
  }),
);

test("every shader keeps the lowest limits of WebGPU in all its forms, or names a twin that does", () => {
  expect(all.length).toBeGreaterThan(60);
  const over = new Set<string>();
  for (const { kernel, variant } of all)
    for (const code of specialisations(kernel, variant))
      for (const limit of excessOf(needsOf(kernel, code))) {
        over.add(variant.entry);
        expect(twins, `${variant.entry} is over ${limit}`).toHaveProperty(variant.entry);
      }
  expect([...over].sort()).toEqual(Object.keys(twins).sort());
  for (const { kernel, variant } of all) {
    const twin = twins[variant.entry];
    if (twin === undefined) continue;
    const found = kernel.variants.find(({ entry }) => entry === twin);
    expect(found, `${kernel.name} has ${twin}`).toBeDefined();
    expect(excessOf(needsOf(kernel, shaderOf(kernel, found!)))).toEqual([]);
  }
});

test("a device of the lowest limits runs nothing else, whatever is chosen", () => {
  const choices = [
    undefined,
    ...matmulVariants.map((way) =>
      writtenChoice(Object.fromEntries(productClasses.map((each) => [each, way])) as never, "fused", "subgroups"),
    ),
  ];
  const traits = (["software", "hardware"] as const).flatMap((kind) =>
    [true, false].map((subgroups) => ({
      kind,
      subgroups,
      shaderF16: false,
      invocations: LOWEST_LIMITS.invocations,
      subgroupSize: subgroups ? 32 : undefined,
    })),
  );
  const ran = new Set<string>();
  for (const { kernel, size, params } of kernelCheckList)
    for (const selection of traits.flatMap((each) => choices.map((choice) => selectionOf(each, choice)))) {
      const variant = kernel.variants.find(({ suits }) => suits?.(selection, params()) ?? true)!;
      ran.add(variant.entry);
      expect(excessOf(needsOf(kernel, shaderOf(kernel, variant, {}, selection))), `${variant.entry} ${size}`).toEqual(
        [],
      );
    }
  expect(ran.size).toBeGreaterThan(60);
});

test("a kernel's parameters fit into the room that each dispatch has", () => {
  for (const { name, params } of kernels)
    expect(4 * Object.keys(params).length, name).toBeLessThanOrEqual(PARAMS_STRIDE);
});

test("what stands beside the parameters of one of several products fits too, and so do all of them", () => {
  const products = kernels.filter(({ several }) => several);
  expect(products).toHaveLength(3);
  for (const { name, params, several } of products) {
    const words = Object.keys(params).length + several!.fields.length;
    expect(several!.most * 16 * Math.ceil(words / 4), name).toBeLessThanOrEqual(LOWEST_LIMITS.uniformBuffer);
  }
});

test("what a shader asks for is read from its text", () => {
  const kernel = { reads: [], updates: [], writes: [], params: { length: "u32" } } as const;
  const code = `
const TILE = 8u; const PITCH: u32 = TILE + 1u;
var<workgroup> tile: array<vec4f, 2u * TILE * PITCH>; var<workgroup> flag: u32;
@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> a: array<f32>;
@group(0) @binding(2) var<storage, read_write> out: array<f32>; // var<storage, read> none
@compute @workgroup_size(TILE, 4, 2)`;
  expect(needsOf(kernel, code)).toEqual({
    storageBuffers: 2,
    workgroupMemory: 16 * 2 * 8 * 9 + 4,
    invocations: 64,
    sizeX: 8,
    sizeY: 4,
    sizeZ: 2,
    uniformBuffer: 4,
  });
  expect(() => needsOf(kernel, code.replace("2u * TILE", "widest(TILE)"))).toThrow("is no whole number");
  expect(() => needsOf(kernel, code.replace("flag: u32", "flag: Other"))).toThrow("the size of Other is not known");
});
