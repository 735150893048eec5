import type { AdapterKind, AdapterTraits, Selection } from "./kernel.ts";

/**
 * The ways to compute a product, by shader. All are held to the same reference; `plain` and `quads` sum in the same
 * order, the others in an order of their own.
 */
export const matmulVariants = ["plain", "quads", "split", "tiled", "blocks"] as const;

export type MatmulVariant = (typeof matmulVariants)[number];

/** What products are told apart by when a way is chosen for them, in the order of a written choice. */
export const productClasses = ["wide", "narrow", "long", "small"] as const;

export type ProductClass = (typeof productClasses)[number];

export type KernelChoice = Readonly<Record<ProductClass, MatmulVariant>>;

/** The ways to compute attention: of products and a softmax between them, or in kernels of its own. */
export const attentionVariants = ["composed", "fused"] as const;

export type AttentionVariant = (typeof attentionVariants)[number];

/** What every kind of adapter computes attention by where nothing is chosen. */
export const STANDARD_ATTENTION: AttentionVariant = "composed";

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

/** Whether an adapter can run a way at all, or should: barriers cost a software adapter seconds of compiling too. */
export function canRun({ kind, subgroups }: AdapterTraits, way: MatmulVariant): boolean {
  if (way === "plain") return true;
  return way === "quads" ? subgroups : kind === "hardware";
}

/** What suits most adapters of a kind. */
export function standardVariants({ kind, subgroups }: AdapterTraits): KernelChoice {
  if (kind === "hardware") return { wide: "tiled", narrow: "split", long: "split", small: "tiled" };
  const way = subgroups ? "quads" : "plain";
  return { wide: way, narrow: way, long: way, small: way };
}

/** The way of a product: the chosen one, where there is one that the adapter can run. */
export function variantOf(selection: Selection, size: ProductSize): MatmulVariant {
  const at = productClasses.indexOf(productClassOf(size));
  const chosen = selection.kernelChoice?.split(".")[at] as MatmulVariant | undefined;
  return chosen && canRun(selection, chosen) ? chosen : standardVariants(selection)[productClasses[at]!];
}

/** The way of attention: the chosen one. Processors compose it, since products are what is fast there. */
export function attentionVariantOf(selection: {
  readonly kind: AdapterKind;
  readonly kernelChoice?: string | undefined;
}): AttentionVariant {
  return selection.kind === "cpu" ? "composed" : chosenAttention(selection.kernelChoice);
}

/** What a written choice says of attention; one that says nothing is from before it could be fused. */
export function chosenAttention(ways: string | undefined): AttentionVariant {
  if (ways === undefined) return STANDARD_ATTENTION;
  return (ways.split(".")[productClasses.length] as AttentionVariant | undefined) ?? "composed";
}

/** A choice as a link has it: the ways of all classes, in their order, and then that of attention where it is fused. */
export function writtenChoice(ways: KernelChoice, attention: AttentionVariant = "composed"): string {
  const products = productClasses.map((each) => ways[each]);
  return [...products, ...(attention === "composed" ? [] : [attention])].join(".");
}

const way = `(${matmulVariants.join("|")})`;

/** What `writtenChoice` writes; that attention is composed may also be said. */
export const WRITTEN_CHOICE = new RegExp(
  `^${Array(productClasses.length).fill(way).join("\\.")}(\\.(${attentionVariants.join("|")}))?$`,
);
