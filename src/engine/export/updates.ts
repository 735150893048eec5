import type { Device } from "../device/device.ts";
import type { Numbers } from "../kernels/kernel.ts";
import type { LinearLayer } from "../model/transformer.ts";
import { Workspace } from "../ops/memoryPlan.ts";
import { Tape } from "../ops/tape.ts";
import { memoryOf, persistent, readTensor, type Tensor } from "../ops/tensor.ts";
import type { LayerGroup } from "../run/layerGroups.ts";
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
  readonly weight: Numbers;
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
  const found = new Map<string, UpdatePair | ReplacedWeight>();
  for (const layerGroup of network.groups)
    for (const update of await groupUpdates(device, network, layerGroup, step)) found.set(update.layer.id, update);
  return network.transformer.layers.flatMap(({ id }) => found.get(id) ?? []);
}

/** The same of the layers of one class. */
async function groupUpdates(
  device: Device,
  network: Network,
  layerGroup: LayerGroup,
  step: number | undefined,
): Promise<(UpdatePair | ReplacedWeight)[]> {
  const { layers } = layerGroup;
  const workspace = new Workspace(device);
  const tape = new Tape(device, workspace);
  const update = network.adapterUpdate(tape, layerGroup, step)!;
  const kept =
    update.kind === "weights" ? [copied(tape, update.current)] : [copied(tape, update.up), copied(tape, update.down)];
  const program = await tape.compile("updates");
  void device.submit([program]);
  const read: Numbers[] = [];
  for (const tensor of kept) {
    read.push(await readTensor(device, tensor));
    memoryOf(tensor).destroy();
  }
  program.destroy();
  workspace.destroy();
  if (update.kind === "weights") {
    const [all] = read as [Numbers];
    const size = all.length / layers.length;
    return layers.map((layer, at) => ({ layer, weight: all.subarray(at * size, (at + 1) * size) }));
  }
  const [ups, downs] = read as [Numbers, Numbers];
  const rank = update.up.shape[2]!;
  return layers.map((layer, index) => {
    const { inFeatures, outFeatures } = layer;
    const narrow = downs.subarray(index * inFeatures * rank, (index + 1) * inFeatures * rank);
    const A = new Float64Array(rank * inFeatures);
    for (let row = 0; row < inFeatures; row++) {
      for (let col = 0; col < rank; col++) A[col * inFeatures + row] = narrow[row * rank + col]!;
    }
    const wide = ups.subarray(index * outFeatures * rank, (index + 1) * outFeatures * rank);
    return { layer, rank, A, B: Float64Array.from(wide, (value) => update.scale * value) };
  });
}

/** All of them, where all are pairs. */
export function pairsAmong(updates: readonly (UpdatePair | ReplacedWeight)[]): UpdatePair[] | undefined {
  const pairs = updates.filter((update) => "A" in update);
  return pairs.length === updates.length ? pairs : undefined;
}

/** A row-major persistent copy. */
function copied(tape: Tape, tensor: Tensor): Tensor {
  const kept = persistent(tape.device, tensor.name, tensor.shape);
  tape.copy(tensor, kept);
  return kept;
}
