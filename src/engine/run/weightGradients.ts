import type { Device, Program } from "../device/device.ts";
import { stepScalars } from "../kernels/stepScalars.ts";
import { tensorOf } from "../model/transformer.ts";
import type { Workspace } from "../ops/memoryPlan.ts";
import { Tape } from "../ops/tape.ts";
import { memoryOf, persistent, stacked, type Tensor, writeTensor } from "../ops/tensor.ts";
import { accumulate } from "./accumulate.ts";
import { inByOut, type LayerGroup } from "./layerGroups.ts";
import type { Network } from "./network.ts";
import type { MicroBatch } from "./schedule.ts";

/** The loss of a batch, recorded on a forward pass that the caller is given. */
export type RecordLoss = (forward: ReturnType<Network["pretrained"]>) => Tensor;

/**
 * The loss's gradient with respect to the chosen layers' weights, at the pretrained weights, summed over batches. It takes
 * the memory of those weights and of one batch, however many batches there are.
 */
export class WeightGradients {
  readonly #device: Device;
  readonly #stepScalars: Tensor;
  readonly #program: Program;
  /** As the checkpoint has the weights. */
  readonly #sums: ReadonlyMap<LayerGroup, Tensor>;

  private constructor(device: Device, stepScalars: Tensor, program: Program, sums: ReadonlyMap<LayerGroup, Tensor>) {
    this.#device = device;
    this.#stepScalars = stepScalars;
    this.#program = program;
    this.#sums = sums;
  }

  /**
   * @param record records the loss of a batch, which is written between two calls of `add`.
   * @param options as for `Network.forward`.
   */
  static async compile(
    device: Device,
    workspace: Workspace,
    network: Network,
    record: RecordLoss,
    options: { readonly checkpointing?: boolean } = {},
  ): Promise<WeightGradients> {
    const scalars = persistent(device, "calibration stepScalars", [64]);
    const tape = new Tape(device, workspace);
    const forward = network.pretrained(tape, options);
    const weights = new Map(
      network.groups.map((each) => [each, each.layers.map(({ weight }) => tensorOf(forward.weights, weight))]),
    );
    for (const weight of [...weights.values()].flat()) tape.watch(weight);
    const gradients = tape.backward(new Map([[record(forward), tape.one]]));
    const sums = new Map<LayerGroup, Tensor>();
    for (const [layerGroup, own] of weights) {
      const shape = [own.length, ...own[0]!.shape];
      const sum = persistent(device, `gradients of ${layerGroup.name}`, shape, stacked(shape));
      // As soon as each is complete, which the last layer's is first.
      for (const [at, weight] of [...own.entries()].reverse())
        tape.early(() => accumulate(tape, gradients.get(weight)!, { sum: tape.slice(sum, at), stepScalars: scalars }));
      sums.set(layerGroup, sum);
    }
    return new WeightGradients(device, scalars, await tape.compile("weight gradients"), sums);
  }

  /** Adds the gradient of the batch that is written, times its share; the first one begins the sum. */
  add(part: MicroBatch): void {
    writeTensor(this.#device, this.#stepScalars, stepScalars(part));
    void this.#device.submit([this.#program]);
  }

  /** [layers, in, out] */
  of(layerGroup: LayerGroup): Tensor {
    return inByOut(this.#sums.get(layerGroup)!, layerGroup);
  }

  destroy(): void {
    this.#program.destroy();
    for (const tensor of [this.#stepScalars, ...this.#sums.values()]) memoryOf(tensor).destroy();
  }
}
