import type { LayerShape } from "../adapters/adapter.ts";
import type { Device } from "../device/device.ts";
import { gradientSubspace, type LayerGradient } from "../linalg/gradientSubspace.ts";
import { orthogonalComplement } from "../linalg/orthogonalComplement.ts";
import type { LinearLayer } from "../model/transformer.ts";
import type { Workspace } from "../ops/memoryPlan.ts";
import type { Tape } from "../ops/tape.ts";
import { persistent, sizeOf, stacked, type Tensor, writeTensor } from "../ops/tensor.ts";
import { RandomStream } from "../random/stream.ts";
import type { LayerClass } from "./layerClasses.ts";
import type { Network } from "./network.ts";
import { runOnce } from "./runOnce.ts";
import { streams } from "./streams.ts";

/** Power steps of the subspace iteration; with the extra columns enough for 0.999 of the optimum on real gradients. */
export const POWER_STEPS = 3;

/** Columns of the subspace iteration for `count` directions: eight more, where the layer has them. */
export function sketchColumns(count: number, { inFeatures, outFeatures }: LayerShape): number {
  return Math.min(count + 8, inFeatures, outFeatures, 64);
}

/** What the chosen layers saw, by their ids. */
export type LayerGradients = ReadonlyMap<string, LayerGradient>;

/** The loss of the calibration batch, recorded on a forward pass that the caller is given. */
export type RecordLoss = (forward: ReturnType<Network["pretrained"]>) => Tensor;

/**
 * Seats the outer factors of a compressed adapter on the loss's gradient G with respect to each chosen weight, at the
 * pretrained weights (spec §3.5 c and d). G is only touched through the layer's inputs X and output gradients dY, because
 * G = Xᵀ·dY; neither it nor any wide factor is formed.
 *
 * With "gradient", half of each basis is G's top subspace and half is random and orthogonal to it,
 * U = [R_u, U_G] and V = [V_G, R_v], which is a draw of the paper's construction. With "spectral", U = U_G and
 * V = V_G; the product of the cores must then grow towards −G, so the first core changes sign.
 *
 * @param options `gradients` of all chosen layers, by their ids.
 */
export async function seatBases(
  device: Device,
  workspace: Workspace,
  network: Network,
  options: { kind: "gradient" | "spectral"; seed: number; gradients: (tape: Tape) => LayerGradients },
): Promise<void> {
  const { method } = network;
  if (method.kind !== "adapter" || !method.adapter.bases) return;
  const { input: inputBasis, output: outputBasis } = method.adapter.bases;
  const { kind, seed } = options;
  const count = kind === "gradient" ? method.settings.rank / 2 : method.settings.rank;
  const stream = new RandomStream(seed, streams.calibration);
  const drawn: Tensor[] = [];
  const draw = (name: string, shape: readonly number[]): Tensor => {
    const tensor = persistent(device, name, shape, stacked(shape));
    writeTensor(device, tensor, stream.normals(sizeOf(shape)));
    drawn.push(tensor);
    return tensor;
  };

  await runOnce(device, workspace, "bases", (tape) => {
    const gradients = options.gradients(tape);
    for (const layerClass of network.classes) {
      const { layers, shape } = layerClass;
      const { [inputBasis]: U, [outputBasis]: V } = network.factors(layerClass) as Record<string, Tensor>;
      const random = draw("range finder", [layers.length, shape.outFeatures, sketchColumns(count, shape)]);
      const top = gradientSubspace(
        tape,
        layers.map(({ id }) => gradients.get(id)!),
        { count, random, iterations: POWER_STEPS },
      );
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
  if (kind === "spectral") for (const layerClass of network.classes) flipFirstCore(device, network, layerClass);
}

/** Inputs X [T, in] and output gradients dY [T, out] of every chosen layer, at the pretrained weights. */
export function layerGradients(tape: Tape, network: Network, record: RecordLoss): LayerGradients {
  const seen: { layer: LinearLayer; input: Tensor; output: Tensor }[] = [];
  const loss = record(
    network.pretrained(tape, (layer, input, output) => {
      tape.watch(output);
      seen.push({ layer, input, output });
    }),
  );
  const gradients = tape.backward(new Map([[loss, tape.one]]));
  const flat = (tensor: Tensor, width: number) => tape.reshape(tensor, [sizeOf(tensor.shape) / width, width]);
  return new Map(
    seen.map(({ layer: { id, inFeatures, outFeatures }, input, output }) => [
      id,
      { input: flat(input, inFeatures), outputGradient: flat(gradients.get(output)!, outFeatures) },
    ]),
  );
}

function flipFirstCore(device: Device, network: Network, layerClass: LayerClass): void {
  const { method } = network;
  if (method.kind !== "adapter") return;
  const core = network.factors(layerClass).W1!;
  const [count, rank] = core.shape as [number, number];
  const values = Array.from({ length: count * rank * rank }, (_, at) =>
    (at % (rank * rank)) % (rank + 1) === 0 ? -method.settings.initScale : 0,
  );
  writeTensor(device, core, values);
}
