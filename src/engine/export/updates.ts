import type { Device } from "../device/device.ts";
import type { LinearLayer } from "../model/transformer.ts";
import { Workspace } from "../ops/memoryPlan.ts";
import { Tape } from "../ops/tape.ts";
import { memoryOf, persistent, readTensor, type Tensor } from "../ops/tensor.ts";
import type { Network } from "../run/network.ts";

/** ΔW = B · A of one layer, row-major: A [rank, in], B [out, rank]. */
export interface UpdatePair {
  readonly layer: LinearLayer;
  readonly rank: number;
  readonly A: Float64Array;
  readonly B: Float64Array;
}

/** W′ [out, in] of one layer whose update is no such pair, row-major. */
export interface ReplacedWeight {
  readonly layer: LinearLayer;
  readonly weight: Float32Array | Float64Array;
}

/**
 * What training has made of every adapted layer: the pair of matrices that its forward pass multiplies with, any scale
 * folded into B, or the weight in W's place. It is the same function as the parameters, however many there are.
 *
 * @param step that the run stands at, until which a rank schedule has kept something.
 * @returns in the model's order; none where no layer has an update of its own.
 */
export async function layerUpdates(
  device: Device,
  network: Network,
  step?: number,
): Promise<(UpdatePair | ReplacedWeight)[]> {
  if (network.method.kind !== "adapter") return [];
  const workspace = new Workspace(device);
  const tape = new Tape(device, workspace);
  const kept = network.groups.map(({ layers, ...layerGroup }) => {
    const update = network.adapterUpdate(tape, { layers, ...layerGroup }, step)!;
    if (update.kind === "weights") return { layers, weights: copied(tape, update.current) };
    const { up, down, scale } = update;
    return { layers, scale, up: copied(tape, up), down: copied(tape, down) };
  });
  const program = await tape.compile("updates");
  void device.submit([program]);
  const found = new Map<string, UpdatePair | ReplacedWeight>();
  for (const { layers, ...update } of kept) {
    if ("weights" in update) {
      const all = await readTensor(device, update.weights!);
      const size = all.length / layers.length;
      for (const [at, layer] of layers.entries())
        found.set(layer.id, { layer, weight: all.slice(at * size, (at + 1) * size) });
      memoryOf(update.weights!).destroy();
      continue;
    }
    const { up, down, scale } = update;
    const [ups, downs] = [await readTensor(device, up), await readTensor(device, down)];
    const rank = up.shape[2]!;
    layers.forEach((layer, index) => {
      const { inFeatures, outFeatures } = layer;
      const narrow = downs.subarray(index * inFeatures * rank, (index + 1) * inFeatures * rank);
      const A = new Float64Array(rank * inFeatures);
      for (let row = 0; row < inFeatures; row++) {
        for (let col = 0; col < rank; col++) A[col * inFeatures + row] = narrow[row * rank + col]!;
      }
      const wide = ups.subarray(index * outFeatures * rank, (index + 1) * outFeatures * rank);
      found.set(layer.id, { layer, rank, A, B: Float64Array.from(wide, (value) => scale * value) });
    });
    for (const tensor of [up, down]) memoryOf(tensor).destroy();
  }
  program.destroy();
  workspace.destroy();
  return network.transformer.layers.flatMap(({ id }) => found.get(id) ?? []);
}

/** All of them, where all are pairs. */
export function pairsAmong(updates: readonly (UpdatePair | ReplacedWeight)[]): UpdatePair[] | undefined {
  const pairs = updates.filter((update) => "A" in update);
  return pairs.length === updates.length ? pairs : undefined;
}

/** ΔW [out, in] of a pair, row-major. */
export function updateOf({ layer, rank, A, B }: UpdatePair): Float64Array {
  const { inFeatures, outFeatures } = layer;
  const update = new Float64Array(outFeatures * inFeatures);
  for (let row = 0; row < outFeatures; row++) {
    for (let inner = 0; inner < rank; inner++) {
      const factor = B[row * rank + inner]!;
      for (let col = 0; col < inFeatures; col++)
        update[row * inFeatures + col]! += factor * A[inner * inFeatures + col]!;
    }
  }
  return update;
}

/** A row-major persistent copy. */
function copied(tape: Tape, tensor: Tensor): Tensor {
  const kept = persistent(tape.device, tensor.name, tensor.shape);
  tape.copy(tensor, kept);
  return kept;
}
