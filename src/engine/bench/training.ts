import type { Device, Readback } from "../device/device.ts";
import { stepScalars } from "../kernels/stepScalars.ts";
import { adamCorrections } from "../methods/optimizers/adam.ts";
import { Workspace } from "../ops/memoryPlan.ts";
import { memoryOf, persistent, type Tensor, writeTensor } from "../ops/tensor.ts";
import type { ParameterValues } from "../run/namedParameters.ts";
import { Network } from "../run/network.ts";
import { languageModelling } from "../run/objective.ts";
import { compileTraining, type TrainingProgram } from "../run/programs.ts";
import { benchAdapter, benchSettings, benchTransformer } from "./transformer.ts";
import {
  initialWeights,
  makeBatches,
  type NamedTensors,
  type NetworkConfig,
  type NetworkName,
  networks,
} from "./workload/network.ts";

export interface StepTimes {
  /** Milliseconds of a step; of no meaning where it is the first. */
  readonly ms: number;
  readonly losses: readonly number[];
  /** Milliseconds from `since` to the first loss, with everything built and compiled on the way. */
  readonly firstMs?: number;
}

/** The peers' training run, recorded and stepped as the product does it: one submission, nothing awaited between steps. */
export class Training {
  readonly #device: Device;
  readonly #config: NetworkConfig;
  readonly #program: TrainingProgram;
  readonly #stepScalars: Tensor;
  readonly #metrics: Readback;
  readonly #batches: readonly { ids: Float32Array; labels: Float32Array }[];
  #taken = 0;

  private constructor(
    device: Device,
    parts: { config: NetworkConfig; program: TrainingProgram; stepScalars: Tensor; metrics: Readback },
  ) {
    this.#device = device;
    this.#config = parts.config;
    this.#program = parts.program;
    this.#stepScalars = parts.stepScalars;
    this.#metrics = parts.metrics;
    this.#batches = makeBatches(parts.config).map(({ ids, targets }) => ({
      ids: Float32Array.from(ids),
      labels: Float32Array.from(targets),
    }));
  }

  static async prepare(device: Device, name: NetworkName): Promise<Training> {
    const config = networks[name];
    const transformer = benchTransformer(config);
    const { frozen, factors } = initialWeights(config);
    const network = await Network.create(device, {
      transformer,
      checkpoint: checkpointOf(frozen),
      targets: transformer.layers,
      method: { kind: "adapter", adapter: benchAdapter(config), settings: benchSettings(config) },
      head: [],
      headRate: 0,
      weightDecay: config.weightDecay,
      weightDecayOn: "matrices",
      epsilon: config.epsilon,
      seed: 0,
    });
    await network.named.write(factorsOf(factors, config));
    const scalars = persistent(device, "stepScalars", [64]);
    const metrics = persistent(device, "metrics", [2]);
    const { rows, length } = config;
    const program = await compileTraining(
      {
        device,
        workspace: new Workspace(device),
        network,
        objective: languageModelling(transformer),
        stepScalars: scalars,
        metrics,
        clipNorm: 0,
        dropout: 0,
      },
      { rows, length, targets: rows * length, hasDecoder: false },
    );
    return new Training(device, {
      config,
      program,
      stepScalars: scalars,
      metrics: device.readback(memoryOf(metrics), 0, 2),
    });
  }

  /** @param since when preparations began, where the time of the first step is wanted. */
  async take(steps: number, since?: number): Promise<StepTimes> {
    await this.#device.idle();
    const pending: Promise<number>[] = [];
    let firstMs: number | undefined;
    const started = performance.now();
    for (let step = 0; step < steps; step++) {
      await this.#device.room();
      while (!this.#metrics.free) await pending[step - 1];
      pending.push(this.#submit());
      if (since !== undefined && firstMs === undefined) {
        await pending[0];
        firstMs = performance.now() - since;
      }
    }
    await this.#device.idle();
    const ms = (performance.now() - started) / steps;
    return { ms, losses: await Promise.all(pending), ...(firstMs !== undefined && { firstMs }) };
  }

  /** @returns the step's loss. */
  #submit(): Promise<number> {
    const { rows, length, learningRate } = this.#config;
    const { ids, labels } = this.#batches[this.#taken % this.#batches.length]!;
    const everything = new Float32Array(rows * length).fill(1);
    const segments = new Float32Array(rows * length);
    const { inputs, programs } = this.#program;
    inputs.write(this.#device, { ids, mask: everything, segments, labels, weights: everything });
    const step = ++this.#taken;
    const scalars = stepScalars({ step: step - 1, learningRate, ...adamCorrections(step) });
    writeTensor(this.#device, this.#stepScalars, scalars);
    return this.#device.submit([programs.usual], [this.#metrics])[0]!.then(([loss]) => loss!);
  }
}

/** The frozen weights by the names that the engine has for them. */
function checkpointOf(frozen: NamedTensors) {
  const renamed = (name: string) => name.replace(/\.(g|W)$/, ".weight").replace(/\.(b|bias)$/, ".bias");
  return new Map(Object.entries(frozen).map(([name, tensor]) => [renamed(name), tensor]));
}

/** A, M and B, [in, out] each, as the adapters' factors, which are [out, in]. */
function factorsOf(factors: NamedTensors, { depth }: NetworkConfig): Map<string, ParameterValues> {
  const names: Readonly<Record<string, string>> = depth === 2 ? { A: "A", B: "B" } : { A: "W1", M: "W2", B: "W3" };
  return new Map(
    Object.entries(factors).map(([name, { shape, values }]) => {
      const [rows, cols] = shape as [number, number];
      const [layer, factor] = [name.slice(0, -2), name.slice(-1)];
      const turned = Float32Array.from({ length: values.length }, (_, at) => {
        return values[(at % rows) * cols + Math.floor(at / rows)]!;
      });
      return [`${layer}/${names[factor]}`, { shape: [cols, rows], values: turned }];
    }),
  );
}
