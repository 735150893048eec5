import type { Device } from "../device/device.ts";
import { gradientSubspace } from "../linalg/gradientSubspace.ts";
import { orthogonalComplement } from "../linalg/orthogonalComplement.ts";
import type { LayerShape } from "../methods/adapters/adapter.ts";
import type { Workspace } from "../ops/memoryPlan.ts";
import { persistent, sizeOf, stacked, type Tensor, writeTensor } from "../ops/tensor.ts";
import { RandomStream } from "../random/stream.ts";
import type { LayerGroup } from "./layerGroups.ts";
import type { Network } from "./network.ts";
import { runOnce } from "./runOnce.ts";
import { streams } from "./streams.ts";
import type { WeightGradients } from "./weightGradients.ts";

/** Power steps of the subspace iteration; with the extra columns enough for 0.999 of the optimum on real gradients. */
export const POWER_STEPS = 3;

/** Columns of the subspace iteration for `count` directions: eight more, where the layer has them. */
export function sketchColumns(count: number, { inFeatures, outFeatures }: LayerShape): number {
  return Math.min(count + 8, inFeatures, outFeatures, 64);
}

/**
 * Seats the outer factors of a compressed adapter on the loss's gradient G with respect to each chosen weight, at the
 * pretrained weights (spec §3.5 c and d). No wide factor is ever formed.
 *
 * With "gradient", half of each basis is G's top subspace and half is random and orthogonal to it,
 * U = [R_u, U_G] and V = [V_G, R_v], which is a draw of the paper's construction. With "spectral", U = U_G and
 * V = V_G; the product of the cores must then grow towards −G, so the first core changes sign.
 */
export async function seatBases(
  device: Device,
  workspace: Workspace,
  network: Network,
  options: { readonly kind: "gradient" | "spectral"; readonly seed: number; readonly gradients: WeightGradients },
): Promise<void> {
  const { method } = network;
  if (method.kind !== "adapter" || !method.adapter.bases) return;
  const { input: inputBasis, output: outputBasis } = method.adapter.bases;
  const { kind, seed, gradients } = options;
  const count = kind === "gradient" ? Number(method.settings.rank) / 2 : Number(method.settings.rank);
  const stream = new RandomStream(seed, streams.calibration);
  const drawn: Tensor[] = [];
  const draw = (name: string, shape: readonly number[]): Tensor => {
    const tensor = persistent(device, name, shape, stacked(shape));
    writeTensor(device, tensor, stream.normals(sizeOf(shape)));
    drawn.push(tensor);
    return tensor;
  };

  await runOnce(device, workspace, "bases", (tape) => {
    for (const layerGroup of network.groups) {
      const { layers, shape } = layerGroup;
      const { [inputBasis]: U, [outputBasis]: V } = network.parameters(layerGroup) as Record<string, Tensor>;
      const random = draw("range finder", [layers.length, shape.outFeatures, sketchColumns(count, shape)]);
      const top = gradientSubspace(tape, gradients.of(layerGroup), { count, random, iterations: POWER_STEPS });
      if (kind === "spectral") {
        tape.copy(top.left, U!);
        tape.copy(top.right, V!);
        continue;
      }
      const columns = (basis: Tensor, from: number) =>
        tape.view(basis, { shape: [layers.length, basis.shape[1]!, count], strides: basis.strides, offset: from });
      const complement = (basis: Tensor) =>
        orthogonalComplement(tape, basis, draw("complement", [layers.length, basis.shape[1]!, count]));
      tape.copy(complement(top.left), columns(U!, 0));
      tape.copy(top.left, columns(U!, count));
      tape.copy(top.right, columns(V!, 0));
      tape.copy(complement(top.right), columns(V!, count));
    }
  });
  for (const tensor of drawn) tensor.storage.memory!.destroy();
  if (kind === "spectral") for (const layerGroup of network.groups) flipFirstCore(device, network, layerGroup);
}

function flipFirstCore(device: Device, network: Network, layerGroup: LayerGroup): void {
  const { method } = network;
  if (method.kind !== "adapter") return;
  const core = network.parameters(layerGroup).W1!;
  const [count, rank] = core.shape as [number, number];
  const values = Array.from({ length: count * rank * rank }, (_, at) =>
    (at % (rank * rank)) % (rank + 1) === 0 ? -Number(method.settings.initScale) : 0,
  );
  writeTensor(device, core, values);
}
