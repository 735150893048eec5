import type { AdapterDescription } from "../device/device.ts";
import type { Column } from "../methods/diagnostics/diagnostic.ts";
import type { MeasurementName } from "../methods/diagnostics/index.ts";

/** An error as plain data: structured clone drops `hint` from real errors. */
export interface Failure {
  readonly name: string;
  readonly message: string;
  readonly hint?: string;
}

/** One adapted weight matrix. */
export interface AdaptedLayer {
  /** As in settings and links: `0.query`. */
  readonly id: string;
  /** The tensor's name in the checkpoint. */
  readonly tensor: string;
  readonly inFeatures: number;
  readonly outFeatures: number;
}

/** What was built, before the first step. */
export interface RunSummary {
  readonly layers: readonly AdaptedLayer[];
  /** The diagnostics that are measured, each with what it gives per layer. */
  readonly measured: Readonly<Partial<Record<MeasurementName, readonly Column[]>>>;
  /** Below this share of the run's largest value float32 has nothing to say; stated on the plot. */
  readonly spectrumFloor: number;
  /** Whether spectra are exact, through small factors, rather than found by power iteration. */
  readonly spectrumIsExact: boolean;
  readonly trainableParameters: number;
  readonly adapterParameters: number;
  readonly totalParameters: number;
  /** Bytes on the device. */
  readonly deviceBytes: number;
  readonly trainingExamples: number;
  readonly validationExamples: number;
  /** Texts that were longer than `maxTokens`. */
  readonly truncatedTexts: number;
  readonly totalTexts: number;
  /** The validation metrics that `evaluation` events carry, the first being the headline; higher is better or not. */
  readonly metrics: readonly { readonly id: string; readonly label: string; readonly higherIsBetter: boolean }[];
  readonly dispatchesPerStep: number;
}

export interface MetricRow {
  readonly step: number;
  readonly loss: number;
  readonly learningRate: number;
  readonly gradientNorm: number;
}

/** A text with what the model says of it: a score, a class, or a continuation. */
export interface ExampleRow {
  readonly text: string;
  readonly second?: string;
  readonly expected?: string;
  readonly predicted: string;
}

/** What a trainer reports while it works. */
export type TrainerEvent =
  | { readonly type: "device"; readonly adapter: AdapterDescription }
  /** `fraction` is 0 … 1, or absent where it cannot be known. */
  | { readonly type: "progress"; readonly doing: string; readonly fraction?: number }
  | { readonly type: "ready"; readonly summary: RunSummary }
  | { readonly type: "phase"; readonly phase: "training" | "paused" | "finished"; readonly step: number }
  /** At most ten a second. */
  | { readonly type: "metrics"; readonly rows: readonly MetricRow[]; readonly stepsPerSecond: number }
  | { readonly type: "evaluation"; readonly step: number; readonly values: Readonly<Record<string, number>> }
  /** The validation of this step is the best so far, and the run's state is kept to go back to. */
  | { readonly type: "best"; readonly step: number }
  /** Settings changed from the next step on: all such changes of the run, as its settings have them. */
  | { readonly type: "changed"; readonly changes: string }
  /** The run went back to an earlier step; what was reported of later ones no longer belongs to it. */
  | { readonly type: "wentBack"; readonly step: number; readonly changes: string }
  /** A beginning that the visitor wrote, continued by the model before training and now. */
  | { readonly type: "sampled"; readonly before: ExampleRow; readonly now: ExampleRow }
  /** `values` is [layers, columns] row-major, with the columns that the summary names. */
  | {
      readonly type: "measured";
      readonly diagnostic: MeasurementName;
      readonly step: number;
      readonly values: Float32Array;
    }
  | { readonly type: "examples"; readonly when: "before" | "now"; readonly rows: readonly ExampleRow[] }
  /** The run went back to step 0; everything reported so far no longer belongs to it. */
  | { readonly type: "restarted" }
  /** `hasRun` says whether there still is a run, at `step`, that can go on or be reset. */
  | { readonly type: "failed"; readonly failure: Failure; readonly hasRun: boolean; readonly step: number };

/** One handler for every kind of event; leaving one out is a type error. */
export type TrainerEventHandlers = {
  readonly [T in TrainerEvent["type"]]: (event: Extract<TrainerEvent, { type: T }>) => void;
};
