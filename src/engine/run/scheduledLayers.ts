import type { Device } from "../device/device.ts";
import { ConfigError } from "../errors.ts";
import type { Pair } from "../methods/adapters/adapter.ts";
import { isDue, timesBy } from "../methods/ranks/index.ts";
import type { ChosenSchedule, ScheduledStack } from "../methods/ranks/rankSchedule.ts";
import type { LinearLayer } from "../model/transformer.ts";
import type { Tape } from "../ops/tape.ts";
import { memoryOf, persistent, stacked, type Tensor, writeTensor } from "../ops/tensor.ts";
import { type AdaptedLayers, slicesByWeight } from "./adaptedLayers.ts";
import type { ParameterArena } from "./arena.ts";
import type { LayerGroup } from "./layerGroups.ts";
import type { ParameterValues } from "./namedParameters.ts";

interface Options {
  readonly chosen: ChosenSchedule;
  readonly groups: readonly LayerGroup[];
  readonly rank: number;
  /** Of a layer among the targets, which decides its random numbers. */
  position(layer: LinearLayer): number;
}

/** What belongs to the layers of a group. */
interface Own {
  /** By name, with what is drawn for the next time. */
  readonly parameters: ReadonlyMap<string, Tensor>;
  readonly kept: Readonly<Record<string, Tensor>>;
  /** What the layers compute with, laid out as the checkpoint stores it. */
  readonly base: Tensor;
}

/** Adapted layers whose rank a schedule changes: what it keeps of them, and the weights that they compute with instead of the frozen ones. */
export class ScheduledLayers {
  readonly #device: Device;
  readonly #adapted: AdaptedLayers;
  readonly #arena: ParameterArena;
  readonly #options: Options;
  readonly #own: ReadonlyMap<string, Own>;

  /** @param adapted with its weights in stacks. */
  constructor(device: Device, adapted: AdaptedLayers, arena: ParameterArena, options: Options) {
    this.#device = device;
    this.#adapted = adapted;
    this.#arena = arena;
    this.#options = options;
    this.#own = new Map(options.groups.map((group) => [group.name, this.#allocate(group)]));
  }

  /** Weights by their names in the checkpoint, in the place of the frozen ones. */
  get weights(): Map<string, Tensor> {
    const bases = [...this.#own].map(([name, { base }]) => [name, base] as const);
    return slicesByWeight(this.#options.groups, new Map(bases));
  }

  /** All that is kept, as `group/name` [layers, rows, cols]. */
  get kept(): Tensor[] {
    return [...this.#own.values()].flatMap(({ kept }) => Object.values(kept));
  }

  isDue(step: number): boolean {
    return isDue(step, this.#options.chosen);
  }

  /** Writes what the schedule needs after a step, to be called before that is submitted. */
  draw(step: number): void {
    const { groups, position, chosen } = this.#options;
    for (const group of groups) {
      const drawn = this.#adapted.initial(group, position, timesBy(step + 1, chosen));
      for (const [name, fresh] of this.#own.get(group.name)!.parameters) writeTensor(this.#device, fresh, drawn[name]!);
    }
  }

  /** Records that the schedule acts. */
  record(tape: Tape): void {
    const { schedule, settings } = this.#options.chosen;
    for (const group of this.#options.groups) schedule.record(tape, this.#stack(tape, group), settings);
  }

  /** Records the weights as they follow from what is kept. */
  rebuild(tape: Tape): void {
    for (const group of this.#options.groups) this.#options.chosen.schedule.rebuild(tape, this.#stack(tape, group));
  }

  /** Records the way back to the start: nothing kept, and the weights that the checkpoint has. */
  rewind(tape: Tape): void {
    for (const kept of this.kept) tape.copy({ ...tape.zero, shape: kept.shape, strides: [0, 0, 0] }, kept);
    for (const group of this.#options.groups) {
      const { pretrained, base } = this.#stack(tape, group);
      tape.copy(pretrained, base);
    }
  }

  /** ΔW since the start. @param step until which the schedule has acted; what it has not kept yet is 0. */
  total(tape: Tape, group: LayerGroup, step: number): Pair {
    const { chosen } = this.#options;
    return chosen.schedule.total(tape, this.#stack(tape, group), timesBy(step, chosen));
  }

  /**
   * What a run of another length has kept, in the columns that there are here.
   *
   * @throws ConfigError where they are too few.
   */
  fitted(given: ReadonlyMap<string, ParameterValues>): Map<string, ParameterValues> {
    const cols = this.kept[0]!.shape[2]!;
    const fitted = [...given].map(([name, { shape, values }]) => {
      const [rows, own] = shape as [number, number];
      const placed = new Float64Array(rows * cols);
      for (const [at, value] of values.entries()) {
        const [row, col] = [Math.floor(at / own), at % own];
        if (col < cols) placed[row * cols + col] = value;
        else if (value !== 0) throw this.#tooShort();
      }
      return [name, { shape: [rows, cols], values: placed }] as const;
    });
    return new Map(fitted);
  }

  /** Whether a run of another length ended after so many steps where the schedule acts in this one. @param given what it kept. */
  isBehind(step: number, given: ReadonlyMap<string, ParameterValues>): boolean {
    const { chosen } = this.#options;
    const cols = this.kept[0]!.shape[2]! / timesBy(chosen.steps, chosen);
    return [...given.values()].some(({ shape }) => shape[1]! < cols * timesBy(step, chosen));
  }

  destroy(): void {
    for (const { parameters, kept, base } of this.#own.values())
      for (const tensor of [...parameters.values(), ...Object.values(kept), base]) memoryOf(tensor).destroy();
  }

  #allocate(group: LayerGroup): Own {
    const { chosen, rank } = this.#options;
    const { name, layers, shape } = group;
    const place = (key: string, own: readonly number[]) => {
      const whole = [layers.length, ...own];
      return persistent(this.#device, `${name}/${key}`, whole, stacked(whole));
    };
    const kept = chosen.schedule.kept({ shape, rank, times: timesBy(chosen.steps, chosen) });
    const parameters = Object.entries(this.#adapted.parameters(group));
    return {
      parameters: new Map(parameters.map(([key, { shape: own }]) => [key, place(`fresh ${key}`, own.slice(1))])),
      kept: Object.fromEntries(Object.entries(kept).map(([key, own]) => [key, place(key, own)])),
      base: this.#adapted.stackOfWeights(group),
    };
  }

  #stack(tape: Tape, group: LayerGroup): ScheduledStack {
    const change = this.#adapted.change(tape, group);
    const { parameters, kept, base } = this.#own.get(group.name)!;
    if (change.kind !== "pair" || change.gain) throw new ConfigError("a rank schedule needs updates that are pairs");
    return {
      pair: change,
      parameters: [...parameters].map(([name, fresh]) => {
        const { value, state } = this.#arena.get(`${group.name}/${name}`);
        return { value, fresh, state };
      }),
      kept,
      pretrained: this.#adapted.base(tape, group),
      base: this.#adapted.base(tape, group, base),
      clip: this.#arena.clip,
    };
  }

  #tooShort(): ConfigError {
    const { chosen } = this.#options;
    return new ConfigError(
      `the run that was opened has changed the rank of its updates more often than one of ${chosen.steps} steps does`,
      "Choose as many steps as it had, or more.",
    );
  }
}
