import type { RandomStream } from "../random/stream.ts";

/** A weight matrix W [outFeatures, inFeatures], by its shape alone. */
export interface LayerShape {
  readonly inFeatures: number;
  readonly outFeatures: number;
}

/** A layer that is about to get its first parameters. */
export interface NewLayer {
  readonly shape: LayerShape;
  /** W, row-major [outFeatures, inFeatures], whichever way the base stores it. */
  weight(): Float64Array;
  /** Random numbers of this layer alone. */
  readonly stream: RandomStream;
  /** What all layers of this shape have in common, drawn once from a stream of its own. */
  shared(name: string, draw: (stream: RandomStream) => Float64Array): Float64Array;
}
