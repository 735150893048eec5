import type { Device } from "../device/device.ts";
import type { Workspace } from "../ops/memoryPlan.ts";
import { memoryOf, persistent, sizeOf, stacked, type Tensor, writeTensor } from "../ops/tensor.ts";
import { RandomStream } from "../random/stream.ts";
import type { Network } from "./network.ts";
import { runOnce } from "./runOnce.ts";
import { streams } from "./streams.ts";
import type { WeightGradients } from "./weightGradients.ts";

/**
 * Starts an adapter's factors in the directions that its settings ask for, where they do: those of the pretrained weights,
 * or of the loss's gradient with respect to them (spec §3.5 c and d). No wide factor is ever formed.
 *
 * @param options gradients where the initialiser looks at them.
 */
export async function initialiseBases(
  device: Device,
  workspace: Workspace,
  network: Network,
  { seed, gradients }: { readonly seed: number; readonly gradients?: WeightGradients },
): Promise<void> {
  const { method, directions } = network;
  if (method.kind !== "adapter" || !directions) return;
  const { initialiser, rank, scale } = directions;
  const stream = new RandomStream(seed, streams.calibration);
  for (const group of network.groups) {
    const owned: Tensor[] = [];
    const random = (name: string, shape: readonly number[]): Tensor => {
      const tensor = persistent(device, name, shape, stacked(shape));
      writeTensor(device, tensor, stream.normals(sizeOf(shape)));
      owned.push(tensor);
      return tensor;
    };
    const own = gradients ? undefined : network.copyOfWeights(group);
    if (own) owned.push(own);
    const matrices = gradients?.of(group) ?? own!;
    const places = network.parameters(group);
    await runOnce(device, workspace, "bases", (tape) => {
      const found = initialiser.find(tape, { matrices, rank, scale, random }, method.settings);
      for (const [name, tensor] of Object.entries(method.adapter.directions!.place(tape, found)))
        tape.copy(tensor, places[name]!);
    });
    for (const tensor of owned) memoryOf(tensor).destroy();
  }
}
