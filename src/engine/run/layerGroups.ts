import type { LayerShape } from "../methods/layer.ts";
import type { LinearLayer } from "../model/transformer.ts";
import type { Tensor } from "../ops/tensor.ts";

/** Chosen layers of one shape, whose factors (or weights) are stacked in this order. */
export interface LayerGroup {
  readonly name: string;
  readonly layers: readonly LinearLayer[];
  readonly shape: LayerShape;
}

/** Layers of equal shape (and equal way of storing it) together, in the order in which the model has them. */
export function groupsOf(targets: readonly LinearLayer[]): LayerGroup[] {
  const classes = new Map<string, LinearLayer[]>();
  for (const layer of targets) {
    const { inFeatures, outFeatures, storedInByOut } = layer;
    const name = `${outFeatures}x${inFeatures}${storedInByOut ? "t" : ""}`;
    classes.set(name, [...(classes.get(name) ?? []), layer]);
  }
  return [...classes].map(([name, layers]) => ({ name, layers, shape: layers[0]! }));
}

/** A group's weights, or what is stored like them, as [layers, in, out]; nothing moves. */
export function inByOut(stack: Tensor, { layers }: LayerGroup): Tensor {
  if (layers[0]!.storedInByOut) return stack;
  const [count, out, into] = stack.shape as [number, number, number];
  const [stride, row, col] = stack.strides as [number, number, number];
  return { ...stack, shape: [count, into, out], strides: [stride, col, row] };
}
