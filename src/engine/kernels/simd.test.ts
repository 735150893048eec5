import fc from "fast-check";
import { describe, expect, test } from "vitest";
import bytes from "../../../assembly/index.ts?wasm";
import { CpuDevice } from "../device/cpu.ts";
import { aligned } from "../device/device.ts";
import { kernelCheckList } from "../trust/checks.ts";
import type { KernelCheck } from "../trust/kernelCheck.ts";
import type { Kernel, Numbers, SimdPhase } from "./kernel.ts";
import { assemblySources } from "./shaders.ts";
import { slots } from "./stepScalars.ts";

type Functions = Readonly<Record<string, (...numbers: readonly number[]) => void>>;

const memory = new WebAssembly.Memory({ initial: 64, maximum: 65536, shared: true });
const { exports } = new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } });
const functions = exports as unknown as Functions;
const { FREE_FROM, WORKSPACE_BYTES, workspace } = exports as unknown as Readonly<Record<string, WebAssembly.Global>>;
workspace!.value = FREE_FROM!.value;

/** Elements before the first tensor. */
const START = aligned((FREE_FROM!.value + WORKSPACE_BYTES!.value) / 4) + 64;

/** Everything that the suite checks and WebAssembly computes. */
const simdChecks: readonly KernelCheck[] = kernelCheckList.filter(({ kernel }) => kernel.simd);
const simdKernels = [...new Set(simdChecks.map(({ kernel }) => kernel))];

/** Runs what WebAssembly has a function for by that, in one stretch and in several. */
class SimdDevice extends CpuDevice {
  override compile(...[label, dispatches]: Parameters<CpuDevice["compile"]>): ReturnType<CpuDevice["compile"]> {
    const replaced = dispatches.map(({ kernel, ...call }) => ({
      ...call,
      kernel: kernel.simd ? { ...kernel, simd: () => undefined, reference: inStretches(kernel) } : kernel,
    }));
    return super.compile(label, replaced);
  }
}

/** In place of a kernel's reference: @throws an Error where the stretches that units are divided into change a bit. */
function inStretches(kernel: Kernel): Kernel["reference"] {
  return (tensors, params, flags) => {
    const phases = kernel.simd!(params, flags)!;
    const run = (stretches: number) => results(kernel, phases, { tensors, params, flags }, stretches);
    const expected = run(1);
    for (const stretches of [2, 3, 7])
      expect(run(stretches), `${kernel.name} in ${stretches} stretches`).toEqual(expected);
    for (const [name, words] of Object.entries(expected)) tensors[name]!.set(new Float32Array(words.buffer));
  };
}

/** The bits of what a kernel changes and writes. Around its tensors there is nothing but NaN. */
function results(
  { reads, updates, writes, params: types, flags: choices }: Kernel,
  phases: readonly SimdPhase[],
  { tensors, params, flags }: { tensors: Readonly<Record<string, Numbers>> } & Pick<Call, "params" | "flags">,
  stretches: number,
): Readonly<Record<string, Uint32Array>> {
  const names = [...reads, ...updates, ...writes];
  let end = START;
  const places = names.map((name) => {
    const place = end;
    end += aligned(tensors[name]!.length + 1);
    return place;
  });
  const scratch = end;
  end += Math.max(0, ...phases.map((phase) => (phase.scratch ?? 0) / 4));
  const missing = 4 * end - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / 65536));
  const numbers = new Float32Array(memory.buffer).fill(Number.NaN, START - 64, end);
  for (const [at, name] of names.entries()) numbers.set(tensors[name]!, places[at]!);
  const given = [
    ...places.map((place) => 4 * place),
    ...Object.keys(types).map((name) => params[name]!),
    ...choices.map((name) => (flags[name] ? 1 : 0)),
    ...(phases.some((phase) => phase.scratch) ? [4 * scratch] : []),
  ];
  for (const { entry, units } of phases) {
    const cuts = Array.from({ length: stretches + 1 }, (_, at) => Math.floor((at * units) / stretches));
    for (let at = stretches; at > 0; at--) functions[entry]!(...given, cuts[at - 1]!, cuts[at]!);
  }
  const changed = new Set([...updates, ...writes]);
  return Object.fromEntries(
    names.flatMap((name, at) => {
      const start = 4 * places[at]!;
      if (!changed.has(name)) return [];
      return [[name, new Uint32Array(memory.buffer.slice(start, start + 4 * tensors[name]!.length))]];
    }),
  );
}

interface Call {
  readonly params: Readonly<Record<string, number>>;
  readonly flags: Readonly<Record<string, boolean>>;
}

/** Entry points as they are declared: `name: type` of each parameter. */
const declared = new Map(
  Object.values(assemblySources).flatMap((source) =>
    [...source.matchAll(/export function (\w+)\(([^)]*)\): void/g)].map(
      ([, name, list]) => [name!, list!.split(",").flatMap((each) => each.trim() || [])] as const,
    ),
  ),
);

const entriesOf = ({ simd, params }: Kernel): readonly SimdPhase[] =>
  simd!(Object.fromEntries(Object.keys(params).map((name) => [name, 64])), {}) ?? [];

test.each(simdKernels.map((kernel) => [kernel.name, kernel] as const))(
  "%s takes its tensors, params and flags in the order of its declaration",
  (_, kernel) => {
    for (const { entry, scratch } of entriesOf(kernel)) {
      expect(declared.get(entry), entry).toEqual([
        ...[...kernel.reads, ...kernel.updates, ...kernel.writes].map((name) => `${name}: usize`),
        ...Object.entries(kernel.params).map(([name, type]) => `${name}: ${type}`),
        ...kernel.flags.map((name) => `${name}: u32`),
        ...(scratch ? ["scratch: usize"] : []),
        "from: u32",
        "to: u32",
      ]);
    }
  },
);

test("every function of the module computes a kernel", () => {
  const entries = simdKernels.flatMap((kernel) => entriesOf(kernel).map(({ entry }) => entry));
  const exported = Object.keys(functions).filter((name) => typeof functions[name] === "function");
  expect(exported.sort()).toEqual(entries.sort());
});

test("both sides find the numbers of a step in the same places", () => {
  const constants = [...assemblySources["stepScalars.ts"]!.matchAll(/export const (\w+): u32 = (\d+);/g)];
  expect(Object.fromEntries(constants.map(([, name, at]) => [name, Number(at)]))).toEqual(
    Object.fromEntries(Object.entries(slots).map(([name, at]) => [name.replace(/[A-Z]/g, "_$&").toUpperCase(), at])),
  );
});

/** The largest sizes to be drawn, by how many there are, so that no check takes long. */
const LARGEST = [0, 300, 70, 20, 9];

/**
 * Where others would leave nothing but rounding, since one number has one direction and small singular values have any, or
 * would take long.
 */
const bounds: Readonly<Record<string, readonly { readonly min?: number; readonly max?: number }[]>> = {
  normalize_rows_backward: [{}, { min: 2 }],
  jacobi: [{ max: 4 }, { max: 12 }],
  cholesky: [{ max: 4 }, { max: 20 }],
};

describe.each(simdChecks.map((check) => [`${check.name}, ${check.shape}`, check] as const))("%s", (_, check) => {
  test("is the reference's, whatever the stretches", async () => {
    expect(await check.run(new SimdDevice())).toBeLessThanOrEqual(check.tolerance.bound);
  });

  test("and so with other sizes", async () => {
    const usual = { min: 1, max: LARGEST[check.size.length]! };
    const sizes = fc.tuple(...check.size.map((_, at) => fc.integer({ ...usual, ...bounds[check.name]?.[at] })));
    await fc.assert(
      fc.asyncProperty(sizes, async (size) => {
        expect(await check.resized(size).run(new SimdDevice())).toBeLessThanOrEqual(check.tolerance.bound);
      }),
      { numRuns: 20, seed: 1 },
    );
  });
});

/** Batch, rows, inner size and columns of products: more than one strip of rows, and more steps than are taken at a time. */
const largeProducts = [
  [1, 245, 7, 9],
  [2, 203, 300, 11],
] as const;

const products = simdChecks.filter(({ name, size }) => name.startsWith("matmul") && size.join() === "1,17,19,5");

test.each(products.map((check) => [`${check.name}, ${check.shape}`, check] as const))(
  "%s: large products are the reference's, whatever the stretches",
  async (_, check) => {
    for (const size of largeProducts) {
      expect(await check.resized(size).run(new SimdDevice())).toBeLessThanOrEqual(check.tolerance.bound);
    }
  },
);
