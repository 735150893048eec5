import type { RunConfig } from "../engine/train/config.ts";

import type { Failure, TrainerEvent } from "../engine/train/events.ts";
import type { RunState } from "../engine/train/snapshot.ts";
import type { Answer, NamedFile, Question, RequestName, Transfer } from "./requests.ts";

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

/** Worker to page: what became of a question, or how far its answer has come. */
export type AnswerMessage = { readonly id: number } & (
  | { readonly answer: Answer<RequestName> }
  | { readonly failure: Failure }
  | { readonly doing: string; readonly fraction?: number; readonly transfer?: Transfer }
);

/** Page to worker, apart from the commands of a run. */
export type AskMessage =
  | { readonly type: "ask"; readonly id: number; readonly name: RequestName; readonly question: Question<RequestName> }
  | { readonly type: "no longer ask"; readonly id: number }
  /** A checkpoint that an earlier worker opened. */
  | { readonly type: "offer"; readonly reference: string; readonly files: readonly NamedFile[] };

/** Page to worker. Every command is about the one run that the worker holds; the answers are `TrainerEvent`s. */
export type TrainerCommand =
  /** Opens the device if need be, loads the model and data, records and compiles, and stops before its next step. */
  | { readonly type: "prepare"; readonly config: RunConfig; readonly from?: RunState }
  | { readonly type: "train" }
  | { readonly type: "pause" }
  | { readonly type: "step" }
  /** Back to step 0 with the same weights and data order. */
  | { readonly type: "reset" }
  /** Continues `prompt` with the model as it is now and as it was before training. */
  | { readonly type: "sample"; readonly prompt: string };
