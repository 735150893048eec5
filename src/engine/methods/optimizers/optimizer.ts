import type { Tape } from "../../ops/tape.ts";
import type { Tensor } from "../../ops/tensor.ts";
import type { Described, Fields, MethodProblem, SettingsOf, Trains } from "../method.ts";

export type Settings<F extends Fields> = SettingsOf<F>;
export type Tensors = Readonly<Record<string, Tensor>>;

/** How a parameter is updated. */
export interface ParameterGroup {
  /** Learning rate as a multiple of the run's; 0 keeps the parameter as it is. */
  readonly rate: number;
  readonly weightDecay: number;
  readonly epsilon: number;
}

/** What an optimizer is chosen and allocated by: three axes [count, rows, cols] are a stack of matrices. */
export interface ParameterShape {
  readonly shape: readonly number[];
  /** Set where a stack's matrices are columns that mean vectors. */
  readonly isVector?: boolean;
}

/** A parameter with all that its optimizer needs. */
export interface OptimizedParameter extends ParameterGroup {
  readonly value: Tensor;
  /** Without elements where it was digested before it came to an update. */
  readonly gradient: Tensor;
  /** As `Optimizer.state` declared it. */
  readonly state: Tensors;
  /** What `Optimizer.digest` made of the gradient. */
  readonly digest?: Tensors;
}

/** Matrices of a stack, which may come one by one. */
export interface GradientPart {
  /** [n, rows, cols]. */
  readonly gradient: Tensor;
  /** Of these matrices. */
  readonly state: Tensors;
  /** Of the parameter in its segment. */
  readonly index: number;
  /** Where the matrices are in their stack, and how many that has. */
  readonly from: number;
  readonly count: number;
}

/** All parameters of one optimizer: one by one, and as flat tensors for a single dispatch. */
export interface Segment {
  readonly parameters: readonly OptimizedParameter[];
  /** [length] each, length a multiple of 64; parameters start at multiples of 64, gaps are zero. */
  readonly values: Tensor;
  /** Without elements where gradients are digested before an update. */
  readonly gradients: Tensor;
  /** By name, in the order of the parameters. States of the parameters' own shapes are laid out as `values`. */
  readonly state: Tensors;
  /** [length / 64]: the group of each run of 64 elements. */
  readonly groupOfBlock: Tensor;
  /** [count, 4]: learning rate as a multiple of the run's, weight decay, epsilon, unused. */
  readonly groups: Tensor;
}

/** What an update reads anew each step. */
export interface StepInputs {
  /** [64]: [1] learning rate, [2] 1 / (1 − β₁ᵗ), [3] 1 / (1 − β₂ᵗ). */
  readonly stepScalars: Tensor;
  /** [1]: a factor for all gradients; negative once a gradient was not finite, and then nothing changes. */
  readonly clip: Tensor;
}

/** A vector or one matrix on the host, which a reference changes in place. */
export interface HostParameter extends ParameterGroup {
  readonly shape: readonly number[];
  readonly value: Float64Array;
  readonly gradient: Float64Array;
  readonly state: Readonly<Record<string, Float64Array>>;
}

export interface HostStep {
  /** Counted from 1. */
  readonly t: number;
  readonly learningRate: number;
  readonly clip: number;
}

/** A rule by which gradients change parameters. A step is gradients, what is digested of them, their norm, then the update. */
export interface Optimizer<F extends Fields = Fields> extends Described<F> {
  /** PyTorch's, or one written for it: `optimizer_of(groups, s, experiment)`. Without it the Python program refuses it by name. */
  python?(settings: Settings<F>): string | undefined;
  /** Suited learning rate, where it differs from AdamW's. */
  readonly learningRate?: number;
  /** The optimizer of all that this one does not take. */
  readonly rest?: Optimizer;
  takes(parameter: ParameterShape): boolean;
  /** Shapes of what is kept of a parameter; of a stack the first axis is that of its matrices. Starts as zeros. */
  state(parameter: ParameterShape, settings: Settings<F>): Readonly<Record<string, readonly number[]>>;
  update(tape: Tape, segment: Segment, step: StepInputs, settings: Settings<F>): void;
  /** The same step of one parameter in plain loops, written apart from `update`, which tests hold to it. */
  reference(parameter: HostParameter, step: HostStep, settings: Settings<F>): void;
  /**
   * Set where an update needs less of a gradient than all of it, which then is given up before the norm of all gradients is
   * known.
   */
  readonly digest?: {
    /** Steps between two refreshes of state by whole gradients; the first is at step 0. */
    every(settings: Settings<F>): number;
    /**
     * @returns what the update works with, by name, as stacks. What has the name of a state takes its place before the update,
     *   unless updates have stopped; only where a refresh is due.
     */
    record(
      tape: Tape,
      part: GradientPart,
      step: Pick<StepInputs, "stepScalars"> & { readonly refreshes: boolean },
      settings: Settings<F>,
    ): Tensors;
  };
  /** The setting that says how many rows and columns a stack must have at least. */
  readonly rank?: keyof F & string;
  /** Whether a setting of its own means anything beside the others; default yes. */
  applies?(field: string, settings: Settings<F>): boolean;
  /** What else of a run rules it out, each with a setting of its own or "optimizer". */
  problems?(
    settings: Settings<F>,
    /** `hasMatrices` where matrices of single layers train. */
    run: { readonly trains: Trains; readonly hasMatrices: boolean },
  ): readonly MethodProblem[];
}

/** An optimizer with the settings of a run. */
export interface ChosenOptimizer {
  readonly optimizer: Optimizer;
  readonly settings: Settings<Fields>;
}

/** Statements in Python one after another, where all of them are to be had. */
export function together(...statements: readonly (string | undefined)[]): string | undefined {
  return statements.includes(undefined) ? undefined : statements.join("\n\n");
}

/** Keeps the exact types of an entry's settings. */
export function optimizer<const F extends Fields>(declaration: Optimizer<F>): Optimizer<F> {
  return declaration;
}

export function isStack({ shape, isVector }: ParameterShape): boolean {
  return shape.length === 3 && !isVector;
}

/** An optimizer, followed by that of what it does not take. */
export function chosen(first: Optimizer, settings: Settings<Fields>): ChosenOptimizer[] {
  const { rest } = first;
  return [{ optimizer: first, settings }, ...(rest ? chosen(rest, settings) : [])];
}

/** Names of all that is kept of parameters. */
export function stateNames(optimizers: readonly ChosenOptimizer[]): string[] {
  const shape = [1, 1, 1];
  return [
    ...new Set(optimizers.flatMap(({ optimizer, settings }) => Object.keys(optimizer.state({ shape }, settings)))),
  ];
}
