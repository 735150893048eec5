import type { Failure, TrainerEvent } from "../engine/run/events.ts";
import type { RunState } from "../engine/run/snapshot.ts";
import type { Changeable } from "../engine/settings/changes.ts";
import type { RunConfig } from "../engine/settings/config.ts";
import type { NamedFile, RequestName, RequestOf, ResponseOf, Transfer } from "./rpc.ts";

export type {
  AdaptedLayer,
  ExampleRow,
  Failure,
  MetricRow,
  RunSummary,
  TrainerEvent,
  TrainerEventHandlers,
} from "../engine/run/events.ts";

/** Worker to page: an event and which `prepare` of this worker it belongs to, counted from 1. */
export interface TrainerMessage {
  readonly run: number;
  readonly event: TrainerEvent;
}

/** Worker to page: the response to a request, its failure, or its progress. */
export type ResponseMessage = { readonly id: number } & (
  | { readonly response: ResponseOf<RequestName> }
  | { readonly failure: Failure }
  | { readonly doing: string; readonly fraction?: number; readonly transfer?: Transfer }
);

/** Page to worker, apart from the commands of a run. */
export type RequestMessage =
  | {
      readonly type: "request";
      readonly id: number;
      readonly name: RequestName;
      readonly request: RequestOf<RequestName>;
    }
  | { readonly type: "cancel"; readonly id: number }
  /** A checkpoint that an earlier worker opened. */
  | { readonly type: "localFiles"; readonly reference: string; readonly files: readonly NamedFile[] };

/** Page to worker. Every command is about the one run that the worker holds; the answers are `TrainerEvent`s. */
export type TrainerCommand =
  /** Opens the device if need be, loads the model and data, records and compiles, and stops before its next step. */
  | { readonly type: "prepare"; readonly config: RunConfig; readonly from?: RunState }
  | { readonly type: "train" }
  | { readonly type: "pause" }
  | { readonly type: "step" }
  /** Changes a setting of the run from its next step on. */
  | { readonly type: "change"; readonly name: Changeable; readonly value: number }
  /** Back to where the run's validation was best. */
  | { readonly type: "goBack" }
  /** Back to step 0 with the same weights and data order. */
  | { readonly type: "reset" }
  /** Continues `prompt` with the model as it is now and as it was before training. */
  | { readonly type: "sample"; readonly prompt: string };
