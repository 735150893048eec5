import type { AdapterKind, AdapterTraits, Selection } from "./kernel.ts";

/**
 * The variants of a product, by shader. All are held to the same reference; `plain` and `quads` sum in the same
 * order, the others in an order of their own.
 */
export const matmulVariants = ["plain", "quads", "split", "tiled", "blocks"] as const;

export type MatmulVariant = (typeof matmulVariants)[number];

/** What products are told apart by when a variant is chosen for them, in the order of a written choice. */
export const productClasses = ["wide", "narrow", "long", "small"] as const;

export type ProductClass = (typeof productClasses)[number];

export type KernelChoice = Readonly<Record<ProductClass, MatmulVariant>>;

/** The variants of attention: products with a softmax between them, or fused kernels. */
export const attentionVariants = ["composed", "fused"] as const;

export type AttentionVariant = (typeof attentionVariants)[number];

/** What every kind of adapter computes attention by where nothing is chosen. */
export const STANDARD_ATTENTION: AttentionVariant = "composed";

/** How the sums over a row are put together: as every adapter of a kind does, or by a subgroup of a fixed size. */
export const reductionVariants = ["plain", "subgroups"] as const;

export type ReductionVariant = (typeof reductionVariants)[number];

interface ProductSize {
  readonly batch: number;
  readonly rows: number;
  readonly inner: number;
  readonly cols: number;
}

/** Below this many rows or columns most of a large tile would lie outside the matrix. */
const NARROW_BELOW = 32;

/** A sum is long where its terms are this many times the rows and the columns: there is little else to divide the work by. */
const LONG_FROM = 8;

/** Matrices up to this size are small, and many where there are at least SMALL_BATCH. */
const SMALL_TO = 64;
const SMALL_BATCH = 8;

export function productClassOf({ batch, rows, inner, cols }: ProductSize): ProductClass {
  if (inner >= LONG_FROM * Math.max(rows, cols)) return "long";
  if (Math.min(rows, cols) < NARROW_BELOW) return "narrow";
  return batch >= SMALL_BATCH && Math.max(rows, inner, cols) <= SMALL_TO ? "small" : "wide";
}

/** Invocations of a workgroup of the variants that share workgroup memory; `plain` and `quads` are their twins with fewer. */
const SHARING = 256;

/** Whether an adapter can run a variant at all, or should: barriers cost a software adapter seconds of compiling too. */
export function canRun({ kind, subgroups, invocations }: AdapterTraits, variant: MatmulVariant): boolean {
  if (variant === "plain") return true;
  return variant === "quads" ? subgroups : kind === "hardware" && invocations >= SHARING;
}

/** What suits most adapters of a kind. */
export function standardVariants(traits: AdapterTraits): KernelChoice {
  if (canRun(traits, "tiled")) return { wide: "tiled", narrow: "split", long: "split", small: "tiled" };
  const all = traits.subgroups ? "quads" : "plain";
  return { wide: all, narrow: all, long: all, small: all };
}

/** What a written choice names: a variant for every class of products, one for attention, and one for reductions. */
export interface ReadChoice extends KernelChoice {
  readonly attention: AttentionVariant;
  readonly reductions: ReductionVariant;
}

/** Whether an adapter can fix the size of its subgroups. */
export function canReduceInSubgroups({ kind, subgroups, subgroupSize, invocations }: AdapterTraits): boolean {
  return kind !== "cpu" && subgroups && subgroupSize !== undefined && subgroupSize <= invocations;
}

/** What an adapter chooses its variants by, with a choice or without. */
export function selectionOf(traits: AdapterTraits, kernelChoice: string | undefined): Selection {
  const isChosen = kernelChoice !== undefined && readChoice(kernelChoice).reductions === "subgroups";
  return { ...traits, kernelChoice, reducesInSubgroups: isChosen && canReduceInSubgroups(traits) };
}

/** The variant of a product: the chosen one, where the adapter can run it. */
export function variantOf(selection: Selection, size: ProductSize): MatmulVariant {
  const of = productClassOf(size);
  const chosen = selection.kernelChoice === undefined ? undefined : readChoice(selection.kernelChoice)[of];
  return chosen && canRun(selection, chosen) ? chosen : standardVariants(selection)[of];
}

/** The variant of attention: the chosen one. Processors compose it, since products are what is fast there. */
export function attentionVariantOf(selection: {
  readonly kind: AdapterKind;
  readonly kernelChoice?: string | undefined;
}): AttentionVariant {
  if (selection.kind === "cpu") return "composed";
  return selection.kernelChoice === undefined ? STANDARD_ATTENTION : readChoice(selection.kernelChoice).attention;
}

/** A choice as settings and links have it: `wide=tiled,narrow=split,long=split,small=tiled`, then what is not as usual. */
export function writtenChoice(
  choice: KernelChoice,
  attention: AttentionVariant = "composed",
  reductions: ReductionVariant = "plain",
): string {
  return [
    ...productClasses.map((each) => `${each}=${choice[each]}`),
    ...(attention === "composed" ? [] : [`attention=${attention}`]),
    ...(reductions === "plain" ? [] : [`reductions=${reductions}`]),
  ].join(",");
}

/** What `writtenChoice` wrote. */
export function readChoice(written: string): ReadChoice {
  const entries = written.split(",").map((part) => part.split("="));
  return { attention: "composed", reductions: "plain", ...(Object.fromEntries(entries) as unknown as KernelChoice) };
}

/** A choice as it was written before classes were named: `tiled.split.split.tiled.fused`. */
export function fromDotted(written: string): string {
  if (!/^[a-z]+(\.[a-z]+){3,4}$/.test(written)) return written;
  const names = [...productClasses, "attention"];
  return written
    .split(".")
    .map((variant, at) => `${names[at]}=${variant}`)
    .join(",");
}

const variant = `(${matmulVariants.join("|")})`;

const rest = { attention: attentionVariants, reductions: reductionVariants };

/** What `writtenChoice` writes; that attention is composed and reductions are plain may also be said. */
export const WRITTEN_CHOICE = new RegExp(
  `^${[
    productClasses.map((each) => `${each}=${variant}`).join(","),
    ...Object.entries(rest).map(([name, ways]) => `(,${name}=(${ways.join("|")}))?`),
  ].join("")}$`,
);
