import type { LinearLayer, ModelTensor } from "../model/transformer.ts";
import { sizeOf } from "../ops/tensor.ts";

/** Elements of what lies side by side, at most: WebGPU grants bindings of 128 MiB everywhere. */
const MOST = 2 ** 25;

/**
 * Which tensors lie side by side in one buffer: the weights, and the biases, of layers of one shape that follow each other in a block,
 * such as query, key and value, so that one dispatch can multiply with all of them; everything else alone.
 *
 * @param layers of the model, in order.
 */
export function sideBySideIn(tensors: readonly ModelTensor[], layers: readonly LinearLayer[]): ModelTensor[][] {
  const byName = new Map(tensors.map((tensor) => [tensor.name, tensor]));
  const groups: ModelTensor[][] = [];
  for (const kind of ["weight", "bias"] as const) {
    let block: string | undefined;
    for (const { id, [kind]: name } of layers) {
      const tensor = name === undefined ? undefined : byName.get(name);
      if (!tensor) continue;
      byName.delete(tensor.name);
      const own = id.split(".").slice(0, -1).join(".");
      const group = groups.at(-1);
      const isNext = own === block && group?.[0]?.shape.join() === tensor.shape.join();
      if (isNext && (group!.length + 1) * sizeOf(tensor.shape) <= MOST) group!.push(tensor);
      else groups.push([tensor]);
      block = own;
    }
  }
  return [...groups, ...[...byName.values()].map((tensor) => [tensor])];
}
