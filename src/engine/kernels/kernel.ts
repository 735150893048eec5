import rowOfOne from "../../../shaders/lib/row_of_one.wgsl?raw";
import rowOfSubgroup from "../../../shaders/lib/row_of_subgroup.wgsl?raw";
import rowOfWorkgroup from "../../../shaders/lib/row_of_workgroup.wgsl?raw";
import { KernelError } from "../errors.ts";
import { type ElementFormat, readerOf } from "./formats.ts";
import { slotConstants } from "./stepScalars.ts";

/** Values as a reference loop sees them: float64 in tests, float32 where the CPU device stands in for a GPU. */
export type Numbers = Float32Array | Float64Array;

export type ParamType = "u32" | "f32";

/** Workgroups along x, y and z. */
export type Grid = readonly [number, number, number];

/** What a dispatch will run on. Software adapters pay dearly for barriers; GPUs want tiles; the CPU runs no shaders. */
export type AdapterKind = "software" | "hardware" | "cpu";

/** What an adapter has that variants differ by. */
export interface AdapterTraits {
  readonly kind: AdapterKind;
  /** Whether shaders may exchange values between the invocations of a subgroup, which then has at least four of them. */
  readonly subgroups: boolean;
  /** Whether shaders may read halves as such; without, they unpack them from words. */
  readonly shaderF16: boolean;
  /** Most invocations that a workgroup may have, of the 256 that shaders ask for: fewer in compatibility mode. */
  readonly invocations: number;
  /** The subgroup size that shaders may ask for, where the adapter has `subgroup-size-control`. */
  readonly subgroupSize?: number | undefined;
}

/** What variants are chosen by. */
export interface Selection extends AdapterTraits {
  /** A choice that was measured on the adapter, as `kernels/matmulVariants.ts` writes it; without it the kind decides. */
  readonly kernelChoice?: string | undefined;
  /** Whether rows are summed by subgroups, which that choice says and the adapter can. */
  readonly reducesInSubgroups?: boolean;
}

/** One shader that computes a kernel. Most kernels have one; a few have one for each kind of adapter. */
export interface Variant<P = Readonly<Record<string, number>>> {
  /** The shader's entry point, which is also its file name. */
  readonly entry: string;
  /** WGSL: the kernel's file, followed by the files of `shaders/lib` that it calls; see `shaderOf`. */
  readonly source: string;
  /** The same for several sets of params, where the kernel has `several`; without it a later variant takes them. */
  readonly several?: string;
  workgroups(params: P): Grid;
  /** Set where a workgroup is one subgroup, of the size that the adapter lets shaders ask for. */
  readonly isSubgroup?: true;
  /** Whether to prefer this variant; the first that suits is used, the last always does. */
  suits?(selection: Selection, params: P): boolean;
}

/** A variant as declared: with its grid, or with the number of invocations of a flat one (see `flatGrid`). */
export type VariantDeclaration<P> = Omit<Variant<P>, "workgroups"> &
  ({ workgroups(params: P): Grid } | { invocations(params: P): number });

/**
 * A function of the WebAssembly module (`assembly/`) that computes a kernel, or one of those that do so one after another.
 * It takes the addresses of the tensors (reads, updates, writes), the params, the flags as 0 or 1, the scratch memory's
 * address where there is any, and `from` and `to`: a stretch of the units. Each output is computed by one unit, in an
 * order of sums that does not depend on the stretch.
 */
export interface SimdPhase {
  readonly entry: string;
  readonly units: number;
  /** Bytes of working memory, which all phases share and which is as long as the most of them. */
  readonly scratch?: number;
}

/**
 * One computation, said twice: `variants` are fast, `reference` is the meaning.
 *
 * A kernel reads whole tensors and writes whole tensors; it never reads what it writes, except tensors named in
 * `updates`, which it changes in place.
 */
export interface Kernel {
  readonly name: string;
  readonly reads: readonly string[];
  /** Those of them that may be stored in any format; shaders read them with `read_<name>(index)` and do not declare them. */
  readonly anyFormat: readonly string[];
  /** Tensors read and changed in place; bound after `reads`. */
  readonly updates: readonly string[];
  readonly writes: readonly string[];
  /** Those of them that are never stored in fewer bits: statistics that gradients divide by, and positions. */
  readonly precise: readonly string[];
  readonly params: Readonly<Record<string, ParamType>>;
  /** Yes/no choices, compiled into the pipeline as `override NAME: bool`. */
  readonly flags: readonly string[];
  readonly variants: readonly Variant[];
  /** Set where a dispatch can compute several at once. */
  readonly several?: Several;
  /** For the CPU in float32, held to the same checks; the reference loop runs where it is undefined. */
  readonly simd?: (
    params: Readonly<Record<string, number>>,
    flags: Readonly<Record<string, boolean>>,
  ) => readonly SimdPhase[] | undefined;
  reference(
    tensors: Readonly<Record<string, Numbers>>,
    params: Readonly<Record<string, number>>,
    flags: Readonly<Record<string, boolean>>,
  ): void;
}

/** How shaders take several sets of params, each computed by workgroups of its own. */
export interface Several {
  /** How many there may be. */
  readonly most: number;
  /** What else stands in each set: the workgroups that are for it, and how many sets are the terms of one sum. */
  readonly fields: readonly ["first", "end", "terms"];
}

interface Declaration<
  R extends string,
  U extends string,
  W extends string,
  P extends Readonly<Record<string, ParamType>>,
  F extends string,
> {
  readonly name: string;
  readonly reads: readonly R[];
  readonly anyFormat?: readonly R[];
  readonly updates?: readonly U[];
  readonly writes: readonly W[];
  readonly precise?: readonly W[];
  readonly params: P;
  readonly flags?: readonly F[];
  readonly variants: readonly VariantDeclaration<{ readonly [K in keyof P]: number }>[];
  readonly several?: Several;
  readonly simd?: (
    params: { readonly [K in keyof P]: number },
    flags: { readonly [K in F]: boolean },
  ) => readonly SimdPhase[] | undefined;
  reference(
    tensors: { readonly [K in R | U | W]: Numbers },
    params: { readonly [K in keyof P]: number },
    flags: { readonly [K in F]: boolean },
  ): void;
}

/**
 * Declares a kernel, and compares the declaration with every one of its shaders: binding order and access, the
 * fields of `Params`, the overrides, the entry point.
 *
 * @throws KernelError naming the shader and both sides of the disagreement.
 */
export function defineKernel<
  const R extends string,
  const W extends string,
  const P extends Readonly<Record<string, ParamType>>,
  const U extends string = never,
  const F extends string = never,
>(declaration: Declaration<R, U, W, P, F>): Kernel {
  const variants = declaration.variants.map((variant) =>
    "workgroups" in variant
      ? variant
      : {
          ...variant,
          workgroups: (params: { readonly [K in keyof P]: number }) => flatGrid(variant.invocations(params)),
        },
  );
  // The literal types have done their work in the declaration; devices treat all kernels alike.
  const kernel = { anyFormat: [], updates: [], precise: [], flags: [], ...declaration, variants } as unknown as Kernel;
  for (const variant of kernel.variants) {
    checkShader(kernel, variant);
    if (variant.several) checkShader(kernel, { ...variant, source: variant.several }, kernel.several!.fields);
  }
  return kernel;
}

/** The parameters that place operands by strides: `<operand><part>`, all parts of the first operand first. */
export function placements<const O extends string, const P extends string>(
  operands: readonly O[],
  parts: readonly P[],
): Readonly<Record<`${O}${P}`, "u32">> {
  const names = operands.flatMap((operand) => parts.map((part) => `${operand}${part}` as const));
  return Object.fromEntries(names.map((name) => [name, "u32"])) as Record<`${O}${P}`, "u32">;
}

const FLAT_WORKGROUP = 64;

/** WebGPU's guaranteed `maxComputeWorkgroupsPerDimension`. */
const MAX_GROUPS = 65535;

/**
 * A grid of at least `count` invocations in workgroups of so many, folded into two dimensions where one is too short.
 * With workgroups of 64 a shader finds its index with `flat_index` of `shaders/lib/flat_index.wgsl`.
 */
export function flatGrid(count: number, workgroup = FLAT_WORKGROUP): Grid {
  const groups = Math.max(1, Math.ceil(count / workgroup));
  const rows = Math.ceil(groups / MAX_GROUPS);
  return [Math.ceil(groups / rows), rows, 1];
}

/** Units of a function of WebAssembly that looks at one element at a time: blocks of 64. */
export function flatUnits(length: number): number {
  return Math.ceil(length / 64);
}

/** Units of one that sums down columns: 16 columns, a line of a processor's cache. */
export function columnUnits(cols: number): number {
  return Math.ceil(cols / 16);
}

/**
 * The variants of a shader that is written in terms of `row_of`, `lane_of`, `row_sum` and `row_max`: a row to a subgroup
 * where that was chosen, to a workgroup on GPUs, and to an invocation elsewhere.
 */
export function rowVariants<P extends { readonly rows: number }>(
  entry: string,
  source: string,
  rows: (params: P) => number = (params) => params.rows,
): VariantDeclaration<P>[] {
  return [
    {
      entry,
      source: source + rowOfSubgroup,
      isSubgroup: true,
      invocations: (params) => FLAT_WORKGROUP * rows(params),
      suits: ({ reducesInSubgroups = false }) => reducesInSubgroups,
    },
    {
      entry,
      source: source + rowOfWorkgroup,
      invocations: (params) => FLAT_WORKGROUP * rows(params),
      suits: ({ kind }) => kind === "hardware",
    },
    { entry, source: source + rowOfOne, invocations: rows },
  ];
}

/** The value of `const NAME = 16u;` in a shader, so that the host need not repeat it. */
export function shaderConstant(source: string, name: string): number {
  const value = new RegExp(`const ${name}(?:: u32)? = (\\d+)u?;`).exec(source)?.[1];
  if (value === undefined) throw new KernelError(`the shader declares no constant ${name}`);
  return Number(value);
}

/** `transposeA` → `TRANSPOSE_A`, the name of a flag in WGSL. */
export function overrideName(flag: string): string {
  return flag.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
}

/** What WGSL depends on besides the kernel: `subgroupSize` for variants that are subgroups, 32 if not given. */
export type ShaderTraits = Partial<Pick<AdapterTraits, "shaderF16" | "subgroupSize">>;

/** The whole WGSL of a variant, whose operands are stored so; those that are not named are stored in float32. */
export function shaderOf(
  { reads, anyFormat }: Pick<Kernel, "reads" | "anyFormat">,
  { source, isSubgroup }: Pick<Variant, "source" | "isSubgroup">,
  formats: Readonly<Record<string, ElementFormat>> = {},
  { shaderF16 = false, subgroupSize = 32 }: ShaderTraits = {},
): string {
  const readers = anyFormat.map((name) =>
    readerOf(name, 1 + reads.indexOf(name), formats[name] ?? "float32", shaderF16),
  );
  const hasHalves = anyFormat.some((name) => formats[name] === "float16");
  const slots = reads.includes("stepScalars") ? [slotConstants] : [];
  const body = isSubgroup ? asSubgroup(source, subgroupSize) : source;
  return [hasHalves && shaderF16 ? "enable f16;\n" : "", body, ...readers, ...slots].join("");
}

/** A shader whose workgroups are subgroups of so many invocations. */
function asSubgroup(source: string, size: number): string {
  const stage = `@compute @workgroup_size(${FLAT_WORKGROUP})`;
  if (!source.includes(stage)) throw new KernelError(`a shader of rows has no ${stage}`);
  return [
    "enable subgroups;\nenable subgroup_size_control;\n",
    source.replace(stage, "@compute @workgroup_size(LANES) @subgroup_size(LANES)"),
    `\nconst LANES = ${size}u;\n`,
  ].join("");
}

/** @param fields what `Params` has besides the kernel's own. */
function checkShader(kernel: Kernel, variant: Variant, fields: readonly string[] = []): void {
  const { entry } = variant;
  const code = shaderOf(kernel, variant).replace(/\/\/.*$/gm, "");
  const compare = (what: string, shader: readonly string[], host: readonly string[]): void => {
    if (shader.join() === host.join()) return;
    throw new KernelError(`${entry}.wgsl has ${what} [${shader.join(", ")}], its host code [${host.join(", ")}]`);
  };

  const bindings = [...code.matchAll(/@group\(0\)\s*@binding\((\d+)\)\s*var<([\w, ]+)>\s*(\w+)\s*:/g)]
    .sort(([, a], [, b]) => Number(a) - Number(b))
    .map(([, , access, name]) => `${access!.replace(/\s/g, "")} ${camelCase(name!)}`);
  compare("bindings", bindings, [
    "uniform params",
    ...kernel.reads.map((name) => `storage,read ${name}`),
    ...[...kernel.updates, ...kernel.writes].map((name) => `storage,read_write ${name}`),
  ]);

  const struct = /struct Params\s*\{([^}]*)\}/.exec(code)?.[1] ?? "";
  compare(
    "params",
    [...struct.matchAll(/(\w+)\s*:\s*(\w+)/g)].map(([, name, type]) => `${camelCase(name!)}: ${type}`),
    [...Object.entries(kernel.params), ...fields.map((name) => [name, "u32"])].map((field) => field.join(": ")),
  );
  compare(
    "overrides",
    [...code.matchAll(/override\s+(\w+)\s*:\s*bool/g)].map(([, name]) => name!).sort(),
    kernel.flags.map(overrideName).sort(),
  );
  compare(
    "entry points",
    [...code.matchAll(/@compute[^{]*?fn\s+(\w+)/g)].map(([, name]) => name!),
    [entry],
  );
}

function camelCase(name: string): string {
  return name.replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}
