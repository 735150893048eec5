import { addKernel } from "../kernels/add.ts";
import { geluBackwardKernel, geluKernel } from "../kernels/gelu.ts";
import type { AdapterKind, Kernel } from "../kernels/kernel.ts";
import { matmulGeluBackwardKernel, matmulGeluKernel, matmulKernel, placing } from "../kernels/matmul.ts";
import type { RecordedDispatch } from "./recordedDispatch.ts";
import { extentOf, type Storage, type Tensor } from "./tensor.ts";

/**
 * Up to this inner size a product is added to another one in the same dispatch. The kernels keep no tile of it, so it
 * must be short; adapters have ranks up to about this.
 */
const LONGEST_UPDATE = 64;

/** What a product can do with its sums before it stores them, which otherwise takes a dispatch of its own. */
interface Follower {
  readonly kernel: Kernel;
  /** The inputs of it that may be what a product has computed. */
  readonly takes: readonly string[];
  /** Whether the product's result is stored all the same, for others that read it later. */
  readonly keeps?: true;
  /** Only on graphics cards: software adapters take seconds to compile it, and win nothing. */
  readonly onCards?: true;
  /** Both in one, if they go together. */
  join(product: RecordedDispatch, follower: RecordedDispatch, input: string): RecordedDispatch | undefined;
}

const followers: readonly Follower[] = [
  { kernel: matmulKernel, takes: ["c"], join: withUpdate },
  { kernel: addKernel, takes: ["a", "b"], join: withResidual },
  { kernel: geluKernel, takes: ["input"], keeps: true, onCards: true, join: withGelu },
  { kernel: geluBackwardKernel, takes: ["dOut"], onCards: true, join: withGeluSlope },
];

/**
 * Joins products with what follows them, so that no value is written only to be read and written again: an adapter's
 * update, forward and backward, a residual, a GELU and, on the way back, its slope.
 */
export function fuseProducts(recorded: readonly RecordedDispatch[], kind: AdapterKind): readonly RecordedDispatch[] {
  const readers = new Map<Storage, number>();
  for (const dispatch of recorded)
    for (const { storage } of inputsOf(dispatch)) readers.set(storage, (readers.get(storage) ?? 0) + 1);

  const fused: (RecordedDispatch | undefined)[] = [];
  /** Where the products stand whose results nothing has read yet, by the storage that they fill. */
  const unread = new Map<Storage, number>();
  for (const dispatch of recorded) {
    const { kernel, tensors } = dispatch;
    // What was computed from a tensor that has changed since cannot be computed later.
    const written = [...kernel.updates, ...kernel.writes].map((name) => tensors[name]!.storage);
    for (const [storage, at] of unread)
      if (inputsOf(fused[at]!).some((input) => written.includes(input.storage))) unread.delete(storage);

    let joined: RecordedDispatch | undefined;
    const follower = followers.find((each) => each.kernel === kernel && (!each.onCards || kind === "hardware"));
    for (const input of follower?.takes ?? []) {
      const { storage } = tensors[input]!;
      const at = unread.get(storage);
      if (at === undefined || (!follower!.keeps && readers.get(storage) !== 1)) continue;
      joined = follower!.join(fused[at]!, dispatch, input);
      if (!joined) continue;
      fused[at] = undefined;
      break;
    }
    for (const { storage } of inputsOf(dispatch)) unread.delete(storage);
    const last = joined ?? dispatch;
    const { out } = last.tensors;
    if (last.kernel === matmulKernel && !out!.storage.memory) unread.set(out!.storage, fused.length);
    fused.push(last);
  }
  return fused.filter((dispatch) => dispatch !== undefined);
}

function inputsOf({ kernel, tensors }: RecordedDispatch): Tensor[] {
  return [...kernel.reads, ...kernel.updates].map((name) => tensors[name]!);
}

/** A product and a second one, of few columns, that adds to it. */
function withUpdate(first: RecordedDispatch, second: RecordedDispatch): RecordedDispatch | undefined {
  const [p, q] = [first.params, second.params];
  const isAlike =
    ["batch", "innerBatch", "rows", "cols"].every((name) => p[name] === q[name]) &&
    placing.every((name) => p[`out${name}`] === q[`c${name}`]) &&
    first.tensors.out!.offset === second.tensors.c!.offset;
  const isPlain = [first, second].every((each) => each.params.rank === 0 && !hasResidual(each));
  const [long, short] = p.inner! > q.inner! ? [first, second] : [second, first];
  if (!isAlike || !isPlain || short.params.inner! > LONGEST_UPDATE) return undefined;
  return {
    ...second,
    tensors: {
      ...first.tensors,
      a: long.tensors.a!,
      b: long.tensors.b!,
      u: short.tensors.a!,
      v: short.tensors.b!,
      out: second.tensors.out!,
    },
    params: {
      ...long.params,
      rank: short.params.inner!,
      ...placed("u", short.params, "a"),
      ...placed("v", short.params, "b"),
      ...placed("c", p),
      ...placed("out", q),
      updateScale: short.params.scale!,
    },
  };
}

/** A product, and what is added to it element by element. */
function withResidual(product: RecordedDispatch, sum: RecordedDispatch, input: string): RecordedDispatch | undefined {
  if (!isWhole(product, sum, input) || hasResidual(product)) return undefined;
  const { a, b, out } = sum.tensors;
  return beside(product, input === "a" ? b! : a!, { out: out! });
}

/** A product, and the GELU of it. */
function withGelu(product: RecordedDispatch, gelu: RecordedDispatch, input: string): RecordedDispatch | undefined {
  if (!isWhole(product, gelu, input)) return undefined;
  const tensors = { ...product.tensors, activated: gelu.tensors.out! };
  return { ...product, kernel: matmulGeluKernel, tensors, flags: gelu.flags };
}

/** A gradient that a product passes back, times the slope of the GELU that it then reaches. */
function withGeluSlope(
  product: RecordedDispatch,
  slope: RecordedDispatch,
  input: string,
): RecordedDispatch | undefined {
  if (!isWhole(product, slope, input) || hasResidual(product)) return undefined;
  const joined = beside(product, slope.tensors.input!, { out: slope.tensors.dInput! });
  return { ...joined, kernel: matmulGeluBackwardKernel, flags: slope.flags };
}

/** The product with `d` beside its result, in the same order of elements. */
function beside(product: RecordedDispatch, d: Tensor, tensors: { readonly out: Tensor }): RecordedDispatch {
  const { params } = product;
  return {
    ...product,
    tensors: { ...product.tensors, d, ...tensors },
    params: { ...params, ...placed("d", params, "out") },
  };
}

function hasResidual({ params }: RecordedDispatch): boolean {
  return placing.some((name) => params[`d${name}`] !== 0);
}

/** Whether a product's result is without gaps and just what the follower, which goes element by element, reads. */
function isWhole({ params: p, tensors }: RecordedDispatch, follower: RecordedDispatch, input: string): boolean {
  const length = p.batch! * p.rows! * p.cols!;
  const read = follower.tensors[input]!;
  const isRead = follower.params.length === length && read.offset === tensors.out!.offset;
  return isRead && p.outOffset === 0 && extentOf(tensors.out!) === length;
}

/** What places the operand `from`, as parameters that place `to`. */
function placed(to: string, params: Readonly<Record<string, number>>, from = to): Record<string, number> {
  return Object.fromEntries(placing.map((name) => [`${to}${name}`, params[`${from}${name}`]!]));
}
