import type { Device } from "../device/device.ts";
import { stepScalars } from "../kernels/stepScalars.ts";
import { adamCorrections } from "../methods/optimizers/adam.ts";
import type { ChosenOptimizer, HostParameter, ParameterGroup } from "../methods/optimizers/optimizer.ts";
import { Workspace } from "../ops/memoryPlan.ts";
import type { Tape } from "../ops/tape.ts";
import { persistent, readTensor, sizeOf, type Tensor, writeTensor } from "../ops/tensor.ts";
import { type Digests, ParameterArena } from "../run/arena.ts";
import { recordDigests } from "../run/gradients.ts";
import { runOnce } from "../run/runOnce.ts";

/** A parameter with its start, and its gradient at every step. */
export interface GivenParameter {
  readonly name: string;
  readonly shape: readonly number[];
  readonly start: Float64Array;
  readonly gradient: (step: number) => Float64Array;
  readonly group?: Partial<ParameterGroup>;
}

/** Optimizers at work on parameters whose gradients are given, without any network. */
export class OptimizerBench {
  readonly arena: ParameterArena;
  readonly #device: Device;
  readonly #given: readonly GivenParameter[];
  readonly #stepScalars: Tensor;
  readonly #learningRate: number;
  step = 0;

  constructor(
    device: Device,
    given: readonly GivenParameter[],
    optimizers: readonly ChosenOptimizer[],
    { learningRate = 0.02, clip = 1 } = {},
  ) {
    this.#device = device;
    this.#given = given;
    this.#learningRate = learningRate;
    const usual = { rate: 1, weightDecay: 0, epsilon: 1e-6 };
    const requests = given.map(({ name, shape, group }) => ({ name, shape, group: { ...usual, ...group } }));
    this.arena = new ParameterArena(device, requests, optimizers, { accumulates: true });
    this.#stepScalars = persistent(device, "stepScalars", [64]);
    for (const { name, start } of given) writeTensor(device, this.arena.get(name).value, start);
    this.setClip(clip);
  }

  setClip(clip: number): void {
    writeTensor(this.#device, this.arena.clip, [clip]);
  }

  /** Writes the gradients of the step that comes, and refreshes what is due. */
  async begin(): Promise<void> {
    const scalars = { step: this.step, learningRate: this.#learningRate, ...adamCorrections(this.step + 1) };
    writeTensor(this.#device, this.#stepScalars, stepScalars({ ...scalars, seedLow: 7 }));
    for (const { name, gradient } of this.#given)
      writeTensor(this.#device, this.arena.get(name).gradient!, gradient(this.step));
    await this.#device.settle();
  }

  async refresh(): Promise<void> {
    const { refreshEvery } = this.arena;
    if (refreshEvery === undefined || this.step % refreshEvery !== 0) return;
    await this.#record("refresh", (tape) => this.arena.refresh(tape, this.#digest(tape, true)));
  }

  async update(): Promise<void> {
    const stepScalars = this.#stepScalars;
    await this.#record("update", (tape) => this.arena.update(tape, { stepScalars }, this.#digest(tape, false)));
    this.step++;
  }

  async take(steps = 1): Promise<void> {
    for (let step = 0; step < steps; step++) {
      await this.begin();
      await this.refresh();
      await this.update();
    }
  }

  async value(name: string): Promise<Float64Array> {
    return Float64Array.from(await readTensor(this.#device, this.arena.get(name).value));
  }

  async state(name: string): Promise<Record<string, Float64Array>> {
    const entries = Object.entries(this.arena.get(name).state).map(
      async ([key, tensor]) => [key, Float64Array.from(await readTensor(this.#device, tensor))] as const,
    );
    return Object.fromEntries(await Promise.all(entries));
  }

  /** Everything that trains or is kept, by name. */
  async everything(): Promise<Record<string, Float64Array>> {
    const all: Record<string, Float64Array> = {};
    for (const { name } of this.#given) {
      all[name] = await this.value(name);
      for (const [key, values] of Object.entries(await this.state(name))) all[`${key} of ${name}`] = values;
    }
    return all;
  }

  #digest(tape: Tape, refreshes: boolean): Digests {
    return recordDigests(tape, this.arena, { stepScalars: this.#stepScalars, refreshes }).digests;
  }

  #record(label: string, record: (tape: Tape) => void): Promise<void> {
    return runOnce(this.#device, new Workspace(this.#device), label, record);
  }

  /** What references work on: each matrix of a stack by itself, cut from what the device holds. */
  async hostParts(name: string): Promise<HostParameter[]> {
    const { segments } = this.arena;
    const own = segments.flatMap(({ parameters }) => parameters).find((parameter) => parameter.name === name)!;
    const { rate, weightDecay, epsilon } = own;
    const { shape } = own.value;
    const count = shape.length === 3 ? shape[0]! : 1;
    const cut = (values: Float64Array, at: number) =>
      values.slice((at * values.length) / count, ((at + 1) * values.length) / count);
    const value = await this.value(name);
    const gradient = this.#given.find((each) => each.name === name)!.gradient(this.step);
    const state = await this.state(name);
    return Array.from({ length: count }, (_, at) => ({
      ...{ rate, weightDecay, epsilon },
      shape: shape.length === 3 ? shape.slice(1) : shape,
      value: cut(value, at),
      gradient: cut(gradient, at),
      state: Object.fromEntries(Object.entries(state).map(([key, values]) => [key, cut(values, at)])),
    }));
  }

  /** Elements of all that is kept. */
  get stateSizes(): Record<string, number> {
    return Object.fromEntries(
      this.#given.flatMap(({ name }) =>
        Object.entries(this.arena.get(name).state).map(([key, { shape }]) => [`${key} of ${name}`, sizeOf(shape)]),
      ),
    );
  }
}
