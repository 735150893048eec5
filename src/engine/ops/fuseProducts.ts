import { matmulKernel } from "../kernels/matmul.ts";
import type { RecordedDispatch } from "./memoryPlan.ts";
import type { Storage } from "./tensor.ts";

/**
 * Up to this inner size a product is added to another one in the same dispatch. The kernels keep no tile of it, so it
 * must be short; adapters have ranks up to about this.
 */
const LONGEST_UPDATE = 64;

/** What places an operand of a product. */
const placing = ["Offset", "Outer", "Inner", "Row", "Col"];

/**
 * Joins two products where the second adds to the first and nothing else reads the first: the output of a layer and its
 * adapter's update, and what both pass back. The sum then is not written, read and written again.
 */
export function fuseProducts(recorded: readonly RecordedDispatch[]): readonly RecordedDispatch[] {
  const readers = new Map<Storage, number>();
  for (const { kernel, tensors } of recorded) {
    for (const name of [...kernel.reads, ...kernel.updates]) {
      const { storage } = tensors[name]!;
      readers.set(storage, (readers.get(storage) ?? 0) + 1);
    }
  }

  const fused = [...recorded] as (RecordedDispatch | undefined)[];
  /** The only product that fills a storage and the place of its dispatch. */
  const products = new Map<Storage, number>();
  for (const [index, dispatch] of recorded.entries()) {
    const { kernel, tensors } = dispatch;
    // What was computed from a tensor that has changed since cannot be computed later.
    const written = [...kernel.updates, ...kernel.writes].map((name) => tensors[name]!.storage);
    for (const [storage, at] of products) {
      const inputs = Object.values(recorded[at]!.tensors);
      if (inputs.some((input) => written.includes(input.storage))) products.delete(storage);
    }
    if (kernel !== matmulKernel) continue;

    const first = products.get(tensors.c!.storage);
    const joined =
      first !== undefined && readers.get(tensors.c!.storage) === 1 ? joinedOf(recorded[first]!, dispatch) : undefined;
    if (joined) {
      fused[first!] = undefined;
      fused[index] = joined;
    } else if (!tensors.out!.storage.memory) products.set(tensors.out!.storage, index);
  }
  return fused.filter((dispatch) => dispatch !== undefined);
}

/** Both in one, if they are alike in size and the second adds just what the first has computed. */
function joinedOf(first: RecordedDispatch, second: RecordedDispatch): RecordedDispatch | undefined {
  const [p, q] = [first.params, second.params];
  const isAlike =
    ["batch", "innerBatch", "rows", "cols"].every((name) => p[name] === q[name]) &&
    placing.every((name) => p[`out${name}`] === q[`c${name}`]) &&
    first.tensors.out!.offset === second.tensors.c!.offset;
  const [long, short] = p.inner! > q.inner! ? [first, second] : [second, first];
  if (!isAlike || short.params.inner! > LONGEST_UPDATE) return undefined;
  const placed = (to: string, from: string, { params }: RecordedDispatch) =>
    Object.fromEntries(placing.map((name) => [`${to}${name}`, params[`${from}${name}`]!]));
  return {
    kernel: matmulKernel,
    tensors: {
      a: long.tensors.a!,
      b: long.tensors.b!,
      u: short.tensors.a!,
      v: short.tensors.b!,
      c: first.tensors.c!,
      out: second.tensors.out!,
    },
    params: {
      ...long.params,
      rank: short.params.inner!,
      ...placed("u", "a", short),
      ...placed("v", "b", short),
      ...placed("c", "c", first),
      ...placed("out", "out", second),
      updateScale: short.params.scale!,
    },
    flags: {},
  };
}
