import type { Changeable } from "../settings/changes.ts";
import type { Finding } from "./diagnosis.ts";
import type { ExampleRow, MetricRow, RunSummary } from "./events.ts";
import type { SubmittedMeasurement } from "./measurements.ts";
import type { RunState } from "./snapshot.ts";
import type { Evaluation } from "./validation.ts";

/** What a step gives, some time after its submission. */
export interface SubmittedStep {
  readonly metrics: Promise<MetricRow>;
  /** Nothing where none is due. */
  readonly measured: readonly SubmittedMeasurement[];
}

/** One run at some step, whatever is minimised: what a trainer moves on. */
export interface RunSession {
  readonly config: { readonly steps: number; readonly evaluateEvery: number; readonly changes?: string };
  readonly summary: RunSummary;
  /** Steps taken. */
  readonly step: number;
  /** Resolves when another step may be submitted. */
  room(): Promise<void>;
  /** Submits the next step, once; call it after `room`. @param measuring whether to measure even where it is not due. */
  submitStep(measuring?: boolean): SubmittedStep;
  /** Measures what there is now, without a step and without a trace in what is measured later. */
  measure?(): readonly SubmittedMeasurement[];
  /** Whether evaluation can look at what training started from, whatever was trained since. */
  readonly looksBack?: boolean;
  /** Metrics by name, and a few examples where there are any. @param of "start" where the session looks back. */
  evaluate(report?: (fraction: number) => void, of?: "start" | "now"): Promise<Evaluation>;
  /** Continues prompts, where the model writes. */
  continuations?(prompts: readonly string[] | undefined, when: "before" | "now"): Promise<ExampleRow[]>;
  /** Goes back to before a step that came to no finite number, and looks for the first tensor that is not finite. */
  diagnose(step: number): Promise<Finding | undefined>;
  /**
   * Changes a setting from the next step on, and says so in `config`; nothing is compiled for it.
   *
   * @returns all changes of the run.
   * @throws EngineError before the first step.
   */
  change?(name: Changeable, value: number): string;
  /** Where the run stands, once everything that was submitted is done. */
  state?(): Promise<RunState>;
  /** Goes on from where another run with these settings stood. @param changes of settings until then, if not its own. */
  restore(state: RunState, changes?: string): Promise<void>;
  /** Back to step 0: the same start, the same order of inputs. */
  reset(): Promise<void>;
  /** Gives all of the run's memory back. */
  destroy(): void;
}
