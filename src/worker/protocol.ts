import type { RunConfig } from "../engine/train/config.ts";

import type { TrainerEvent } from "../engine/train/events.ts";

export type {
  AdaptedLayer,
  ExampleRow,
  Failure,
  MetricRow,
  RunSummary,
  TrainerEvent,
  TrainerEventHandlers,
} from "../engine/train/events.ts";

/** Worker to page: an event and which `prepare` of this worker it belongs to, counted from 1. */
export interface TrainerMessage {
  readonly run: number;
  readonly event: TrainerEvent;
}

/** Page to worker. Every command is about the one run that the worker holds; the answers are `TrainerEvent`s. */
export type TrainerCommand =
  /** Opens the device if need be, loads the model and data, records and compiles, and stops before step 1. */
  | { readonly type: "prepare"; readonly config: RunConfig }
  | { readonly type: "train" }
  | { readonly type: "pause" }
  | { readonly type: "step" }
  /** Back to step 0 with the same weights and data order. */
  | { readonly type: "reset" }
  /** Continues `prompt` with the model as it is now and as it was before training. */
  | { readonly type: "sample"; readonly prompt: string };
