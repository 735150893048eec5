import {
  matmulGeluBackwardKernel,
  matmulGeluKernel,
  matmulKernel,
  NARROW_TO,
  type ProductParams,
  placing,
} from "../kernels/matmul.ts";
import { productClassOf } from "../kernels/matmulVariants.ts";
import { isZero } from "./constants.ts";
import type { Bound, Home, Use } from "./pools.ts";
import type { RecordedDispatch } from "./recordedDispatch.ts";
import { extentOf, Storage, type Tensor } from "./tensor.ts";

// Recorded dispatches as what can be grouped: each by itself, and products that add to each other as one.

/** Where a storage lies: itself, or inside another one. */
export interface Place {
  readonly storage: Storage;
  readonly offset: number;
}

/** A stretch of memory that a dispatch reads or writes. */
export interface Access extends Use {
  readonly from: number;
  readonly to: number;
}

/** A dispatch, or the terms of a sum in their order, at the place of the last. */
export interface Unit extends Bound {
  readonly parts: readonly RecordedDispatch[];
  readonly accesses: readonly Access[];
  /** Of products: those of one key are computed by one shader. */
  readonly key: string | undefined;
}

const products: ReadonlySet<unknown> = new Set([matmulKernel, matmulGeluKernel, matmulGeluBackwardKernel]);

/** The operands that a dispatch has; a product may be without an update, and without what is added. */
export function operandsOf({ kernel, params, tensors }: RecordedDispatch): string[] {
  const names = [...kernel.reads, ...kernel.updates, ...kernel.writes];
  if (!products.has(kernel)) return names;
  return names.filter((name) => (name === "u" || name === "v" ? params.rank! > 0 : !isZero(tensors[name]!.storage)));
}

function overlap(a: Access, b: Access): boolean {
  return a.home === b.home && a.from < b.to && b.from < a.to;
}

/** Whether two units must stay in their order. */
export function conflict(a: Unit, b: Unit): boolean {
  return a.accesses.some((one) =>
    b.accesses.some((other) => (one.isWritten || other.isWritten) && overlap(one, other)),
  );
}

/** Every dispatch by itself. @param place where deliveries have put storages. */
export function unitsOf(recorded: readonly RecordedDispatch[], place: (storage: Storage) => Place): Unit[] {
  return recorded.map((dispatch, index) => {
    const accesses = operandsOf(dispatch).map((name) => {
      const tensor = dispatch.tensors[name]!;
      const { storage, offset } = place(tensor.storage);
      const from = offset + tensor.offset;
      const isWritten = !dispatch.kernel.reads.includes(name);
      return { home: storage.memory ?? storage, name, isWritten, from, to: from + extentOf(tensor) };
    });
    return { index, parts: [dispatch], accesses, key: keyOf(dispatch) };
  });
}

/**
 * The same with products that add to each other as one, where nothing else reads what the first of them came to.
 *
 * @param refused places of products that do not go on with the sum of what they add.
 */
export function withSums(recorded: readonly Unit[], refused: ReadonlySet<number>): Unit[] {
  const units: (Unit | undefined)[] = [...recorded];
  const touching = new Map<Home, number[]>();
  for (const unit of units)
    for (const { home } of unit!.accesses) touching.set(home, [...(touching.get(home) ?? []), unit!.index]);

  for (const unit of recorded) {
    const {
      index,
      parts: [dispatch],
    } = unit as Unit & { readonly parts: readonly [RecordedDispatch] };
    const c = unit.accesses.find(({ name }) => name === "c");
    const [at, ...readers] = (c && touching.get(c.home)) || [];
    const before = at === undefined ? undefined : units[at];
    if (!before || readers.length !== 1 || readers[0] !== index || !(c!.home instanceof Storage)) continue;
    if (dispatch.kernel !== matmulKernel || before.key !== unit.key || refused.has(index)) continue;
    if (!addsTo(dispatch, before.parts.at(-1)!)) continue;
    // What was computed before is now computed as late as this.
    const moved = { ...before, accesses: before.accesses.filter(({ isWritten }) => !isWritten) };
    const between = units.slice(before.index + 1, index).filter((each) => each !== undefined);
    if (between.some((each) => conflict(each, moved))) continue;
    units[before.index] = undefined;
    units[index] = {
      ...unit,
      parts: [...before.parts, dispatch].map((part, term) => termOf(dispatch, part, term > 0)),
      accesses: [...moved.accesses, ...unit.accesses.filter((each) => each !== c)],
    };
  }
  return units.filter((unit) => unit !== undefined);
}

/** What decides which shader computes a product; nothing for what is none. */
function keyOf(dispatch: RecordedDispatch): string | undefined {
  const { kernel, flags, params, tensors } = dispatch;
  if (!products.has(kernel)) return undefined;
  // Shaders take what has no strides for what is not there.
  const isNothing = (name: string) => ["Outer", "Inner", "Row", "Col"].every((each) => params[`${name}${each}`] === 0);
  if (operandsOf(dispatch).some((name) => (name === "c" || name === "d") && isNothing(name))) return undefined;
  const size = params as ProductParams;
  const formats = kernel.anyFormat.map((name) => tensors[name]!.storage.format);
  return [kernel.name, JSON.stringify(flags), productClassOf(size), size.cols <= NARROW_TO, ...formats].join();
}

/** Whether a product adds just what another one has stored to its own sums. */
function addsTo(product: RecordedDispatch, other: RecordedDispatch): boolean {
  const [p, q] = [product.params, other.params];
  return (
    other.tensors.out!.offset === product.tensors.c!.offset &&
    ["batch", "innerBatch", "rows", "cols"].every((name) => p[name] === q[name]) &&
    placing.every((each) => p[`c${each}`] === q[`out${each}`])
  );
}

/** A product as a term of a sum: it stores where the last does, and adds to what is there already, unless it is the first. */
function termOf(last: RecordedDispatch, product: RecordedDispatch, goesOn: boolean): RecordedDispatch {
  const out = last.tensors.out!;
  const placed = placing.map((each) => [`out${each}`, last.params[`out${each}`]!]);
  const tensors: Record<string, Tensor> = { ...product.tensors, out, ...(goesOn && { c: out }) };
  return { ...product, tensors, params: { ...product.params, ...Object.fromEntries(placed) } };
}
