import type { Device, Program } from "../device/device.ts";
import { EngineError } from "../errors.ts";
import type { Workspace } from "../ops/memoryPlan.ts";
import { Tape } from "../ops/tape.ts";
import { memoryOf, persistent, sizeOf, stacked, type Tensor, writeTensor } from "../ops/tensor.ts";
import { RandomStream } from "../random/stream.ts";
import type { LayerGroup } from "./layerGroups.ts";
import type { Network } from "./network.ts";
import { streams } from "./streams.ts";
import type { WeightGradients } from "./weightGradients.ts";

/**
 * Starts an adapter's factors in the directions of the pretrained weights that its settings ask for, where they do (spec
 * §3.5 d), a class of layers after the other. No wide factor is ever formed.
 */
export async function initialiseBases(context: BasesContext, seed: number): Promise<void> {
  const stream = new RandomStream(seed, streams.calibration);
  for (const group of context.network.groups) await run(context.device, await searchIn(context, group, stream));
}

/**
 * Compiles the search for directions of the loss's gradient (spec §3.5 c), for which that need not be computed yet: a GPU's
 * compiler works while it is. @returns what runs it.
 */
export async function prepareBases(
  context: BasesContext,
  seed: number,
  gradients: WeightGradients,
): Promise<() => Promise<void>> {
  const stream = new RandomStream(seed, streams.calibration);
  const [first, ...others] = context.network.groups;
  // The others have the same kernels, and their memory is not needed at once.
  const search = first && (await searchIn(context, first, stream, gradients));
  return async () => {
    if (search) await run(context.device, search);
    for (const group of others) await run(context.device, await searchIn(context, group, stream, gradients));
  };
}

interface BasesContext {
  readonly device: Device;
  readonly workspace: Workspace;
  readonly network: Network;
}

/** A search that is compiled, with the memory that it needs. */
interface Search {
  readonly program: Program;
  readonly owned: readonly Tensor[];
}

/** @param gradients to search in, if not in the weights. */
async function searchIn(
  { device, workspace, network }: BasesContext,
  group: LayerGroup,
  stream: RandomStream,
  gradients?: WeightGradients,
): Promise<Search> {
  const { method, directions } = network;
  if (method.kind !== "adapter" || !directions) throw new EngineError("this method starts in no directions");
  const { initialiser, rank, scale } = directions;
  const owned: Tensor[] = [];
  const random = (name: string, shape: readonly number[]): Tensor => {
    const tensor = persistent(device, name, shape, stacked(shape));
    writeTensor(device, tensor, stream.normals(sizeOf(shape)));
    owned.push(tensor);
    return tensor;
  };
  const own = gradients ? undefined : await network.copyOfWeights(group);
  if (own) owned.push(own);
  const matrices = gradients?.of(group) ?? own!;
  const places = network.parameters(group);
  const tape = new Tape(device, workspace);
  const found = initialiser.find(tape, { matrices, rank, scale, random }, method.settings);
  for (const [name, tensor] of Object.entries(method.adapter.directions!.place(tape, found)))
    tape.copy(tensor, places[name]!);
  return { program: await tape.compile("bases"), owned };
}

async function run(device: Device, { program, owned }: Search): Promise<void> {
  void device.submit([program]);
  await device.idle();
  program.destroy();
  for (const tensor of owned) memoryOf(tensor).destroy();
}
