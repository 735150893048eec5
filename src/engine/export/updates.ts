import type { Device } from "../device/device.ts";
import type { LinearLayer } from "../model/transformer.ts";
import { Workspace } from "../ops/memoryPlan.ts";
import { Tape } from "../ops/tape.ts";
import { memoryOf, persistent, readTensor, type Tensor } from "../ops/tensor.ts";
import type { Network } from "../train/network.ts";

/** ΔW = B · A of one layer, row-major: A [rank, in], B [out, rank]. */
export interface UpdatePair {
  readonly layer: LinearLayer;
  readonly rank: number;
  readonly A: Float64Array;
  readonly B: Float64Array;
}

/**
 * The update of every adapted layer as the pair of matrices that its forward pass multiplies with, any scale folded
 * into B. It is the same function as the factors, however many there are: `fold` is what training itself uses.
 *
 * @returns in the model's order; none where no layer has an update of its own.
 */
export async function updatePairs(device: Device, network: Network): Promise<UpdatePair[]> {
  const { method } = network;
  if (method.kind !== "adapter") return [];
  const workspace = new Workspace(device);
  const tape = new Tape(device, workspace);
  const kept = network.classes.map((layerClass) => {
    const { up, down, scale } = method.adapter.fold(tape, network.factors(layerClass), method.settings);
    return { layerClass, scale, up: copied(tape, up), down: copied(tape, down) };
  });
  const program = await tape.compile("updates");
  void device.submit([program]);
  const pairs = new Map<string, UpdatePair>();
  for (const { layerClass, scale, up, down } of kept) {
    const [ups, downs] = [await readTensor(device, up), await readTensor(device, down)];
    const rank = up.shape[2]!;
    layerClass.layers.forEach((layer, index) => {
      const { inFeatures, outFeatures } = layer;
      const narrow = downs.subarray(index * inFeatures * rank, (index + 1) * inFeatures * rank);
      const A = new Float64Array(rank * inFeatures);
      for (let row = 0; row < inFeatures; row++) {
        for (let col = 0; col < rank; col++) A[col * inFeatures + row] = narrow[row * rank + col]!;
      }
      const wide = ups.subarray(index * outFeatures * rank, (index + 1) * outFeatures * rank);
      pairs.set(layer.id, { layer, rank, A, B: Float64Array.from(wide, (value) => scale * value) });
    });
    for (const tensor of [up, down]) memoryOf(tensor).destroy();
  }
  program.destroy();
  workspace.destroy();
  return network.transformer.layers.flatMap(({ id }) => pairs.get(id) ?? []);
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
