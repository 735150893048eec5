import type { Tape } from "../../ops/tape.ts";
import type { Tensor } from "../../ops/tensor.ts";
import type { ChosenAdapter, Pair } from "../adapters/adapter.ts";
import type { LayerShape } from "../layer.ts";
import type { Described, Fields, MethodProblem, SettingsOf } from "../method.ts";

type Tensors = Readonly<Record<string, Tensor>>;

/** Equal layers with an update of low rank, stacked, after a step. */
export interface ScheduledStack {
  /** What the adapter adds to the weights as it is now. */
  readonly pair: Pair;
  /** What the adapter trains, each with values that are drawn for the next time and what its optimizer keeps. */
  readonly parameters: readonly { readonly value: Tensor; readonly fresh: Tensor; readonly state: Tensors }[];
  /** As `RankSchedule.kept` declares it: [layers, rows, cols] each. */
  readonly kept: Tensors;
  /** W as the run began, [layers, outFeatures, inFeatures], any strides. */
  readonly pretrained: Tensor;
  /** W as layers compute with it, laid out as `pretrained`. */
  readonly base: Tensor;
  /** [1]: as in `StepScalars`. */
  readonly clip: Tensor;
}

/** One layer on the host, row-major, which a reference changes in place. */
export interface HostLayer {
  /** W as the layer computes with it, [outFeatures, inFeatures]. */
  readonly base: Float64Array;
  /** ΔW of its adapter, of the same shape. */
  readonly delta: ArrayLike<number>;
  readonly parameters: readonly {
    readonly value: Float64Array;
    readonly fresh: ArrayLike<number>;
    readonly state: Readonly<Record<string, Float64Array>>;
  }[];
}

/** What of a run a schedule may rule out. */
export interface ScheduledRun {
  readonly method: string;
  /** Absent where no updates beside frozen weights are trained. */
  readonly adapter: ChosenAdapter | undefined;
  readonly rank: number;
  readonly steps: number;
}

/**
 * A rule by which the updates of layers change their rank in the course of a run. It acts after the update of every so many
 * steps, but not at the end of the run.
 *
 * One contract test (contract.test.ts) holds every schedule to its `reference`, and a run of it to resuming, rewinding and
 * exports.
 */
export interface RankSchedule<F extends Fields = Fields> extends Described<F> {
  readonly equation: string;
  /** Steps from one time that it acts to the next. */
  every(settings: SettingsOf<F>): number;
  /** What the learning rate is multiplied with. @param step counted from 0. */
  rate(step: number, settings: SettingsOf<F>): number;
  /**
   * Shapes of what is kept of one layer besides its parameters: zeros at the start, of which columns fill up from the first.
   *
   * @param layer `times` is how often the schedule acts in the whole run.
   */
  kept(layer: {
    readonly shape: LayerShape;
    readonly rank: number;
    readonly times: number;
  }): Readonly<Record<string, readonly [rows: number, cols: number]>>;
  /** Records that it acts; nothing changes once updates have stopped. */
  record(tape: Tape, stack: ScheduledStack, settings: SettingsOf<F>): void;
  /** Records `base` as it follows from what is kept. */
  rebuild(tape: Tape, stack: ScheduledStack): void;
  /** W′ − W since the start of the run. @param times that the schedule has acted. */
  total(tape: Tape, stack: ScheduledStack, times: number): Pair;
  /** What `record` does to a layer in plain loops, written apart from it, which tests hold it to. */
  reference(layer: HostLayer, settings: SettingsOf<F>): void;
  /** What of a run rules it out, each with a setting of its own or "rankSchedule". */
  problems(settings: SettingsOf<F>, run: ScheduledRun): readonly MethodProblem[];
}

/** A schedule with the settings of a run. */
export interface ChosenSchedule {
  readonly schedule: RankSchedule;
  readonly settings: SettingsOf<Fields>;
  /** Of the run. */
  readonly steps: number;
}

/** Keeps the exact types of an entry's settings. */
export function rankSchedule<const F extends Fields>(declaration: RankSchedule<F>): RankSchedule<F> {
  return declaration;
}
