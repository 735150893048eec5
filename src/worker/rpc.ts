import type { Profile, ProfiledStep } from "../engine/bench/profile.ts";
import type { BenchReport } from "../engine/bench/report.ts";
import type { DataDescription } from "../engine/data/inspectData.ts";
import type { AdapterDescription } from "../engine/device/device.ts";
import type { Which } from "../engine/export/crossCheck.ts";
import type { ModelSummary } from "../engine/model/modelSummary.ts";
import type { MetricRow } from "../engine/run/events.ts";
import type { MetricsLine } from "../engine/run/metricsLog.ts";
import type { Receipt } from "../engine/run/receipt.ts";
import type { RunState } from "../engine/run/snapshot.ts";
import type { RunConfig } from "../engine/settings/config.ts";
import type { ExperimentNotes } from "../engine/settings/reader.ts";
import type { DataSettings } from "../engine/tasks/custom/settings.ts";
import type { CheckResult } from "../engine/trust/runChecks.ts";
import type { CheckSummary } from "../engine/trust/summary.ts";
import type { Tuning } from "../engine/tuning/tuneProducts.ts";
import type { HubModel, Repository } from "./hub/model.ts";

/** A file that the visitor gave or the page made. */
export interface NamedFile {
  /** Of a folder's files, the path within it. */
  readonly name: string;
  readonly content: Blob;
}

/** A model from outside that runs may use from now on. */
export interface OpenedModel {
  /** What settings call it. */
  readonly reference: string;
  readonly facts: ModelSummary;
  readonly family: string;
  readonly parameters: number;
}

/** What a checkpoint's config and headers say, and what a run on it would take. */
export interface ModelDescription {
  readonly family: string;
  readonly parameters: number;
  /** Parameters by the element type that they are stored in. */
  readonly dtypes: readonly (readonly [string, number])[];
  readonly storedBytes: number;
  readonly positions: number;
  readonly vocabularySize: number;
  /** Dense layers. */
  readonly layers: number;
  /** Sentences on what keeps it from being used; empty when it can be. */
  readonly obstacles: readonly string[];
  /** A sentence on which files are read and which are left aside. */
  readonly chosen: string;
  readonly warnings: readonly string[];
  /** Of a run with the present settings, with its largest buffer and their limit in bytes, or why they do not go with this model. */
  readonly memory:
    | { readonly inWords: string; readonly largest: { label: string; bytes: number }; readonly limit: number }
    | { readonly problem: string }
    | undefined;
}

/** A data file that runs may use from now on, and how it is to be read. */
export interface OpenedData {
  /** What settings call it. */
  readonly reference: string;
  readonly settings: DataSettings;
}

/** A model on a hub as it is seen before it is downloaded. */
export interface SeenModel {
  /** At the commit that the revision stands for, with the files that are needed. */
  readonly model: HubModel;
  readonly description: ModelDescription;
}

/** What is stored of a model, in whole or in part. */
export interface StoredModel {
  /** With the whole commit. */
  readonly reference: string;
  /** Absent where what is stored is damaged. */
  readonly model: HubModel | undefined;
  readonly storedBytes: number;
  /** Whether every file is there and has passed its check. */
  readonly isComplete: boolean;
}

/** A file that was made for download. */
export interface Download {
  readonly name: string;
  readonly content: Blob;
}

/** How far another implementation's forward pass is from the engine's. */
export interface Opinion {
  /** The outputs that were compared, such as `logits`. */
  readonly outputs: readonly string[];
  /** Examples, and tokens of each with padding. */
  readonly rows: number;
  readonly length: number;
  /** Of the output that differs most as a share of its largest value. */
  readonly maxDifference: number;
  readonly largest: number;
  readonly passes: boolean;
}

/** An adapter that was opened: settings to run it with, and where the run stands. */
export interface OpenedAdapter {
  readonly config: RunConfig;
  readonly notes: ExperimentNotes;
  readonly from: RunState;
  /** What of its files was not taken as it stands, in sentences. */
  readonly warnings: readonly string[];
  /** The model that it belongs to, where that is from files. */
  readonly model?: OpenedModel;
}

/** What became of checking a device. */
export interface DeviceChecks {
  readonly adapter: AdapterDescription;
  readonly results: readonly CheckResult[];
  readonly summary: CheckSummary;
}

/**
 * Requests of the page to the worker beside the run, each with its response. Both are plain data; blobs and
 * buffers are among it.
 */
export interface Requests {
  /** Looks at a checkpoint before anything of it is allocated. */
  inspectModel: {
    request: { readonly files: readonly NamedFile[]; readonly config: RunConfig };
    response: ModelDescription;
  };
  /**
   * Checks the files of a checkpoint and keeps them for runs: under what they are called now (`kept`), and under `wanted`
   * where that is an earlier name of theirs.
   */
  openModel: {
    request: { readonly name: string; readonly files: readonly NamedFile[]; readonly wanted?: string };
    response: OpenedModel & { readonly kept: string };
  };
  /** Looks at a data file; of its settings those that are not asked for are guessed. Nothing is kept. */
  inspectData: {
    request: {
      readonly file: NamedFile;
      readonly asked: Partial<DataSettings>;
      /** Those of them that the visitor chose. */
      readonly decided: readonly (keyof DataSettings)[];
      readonly config: RunConfig;
    };
    response: DataDescription;
  };
  /** Checks a data file as a run with these settings would, and keeps it for runs under `reference`. */
  openData: { request: OpenedData & { readonly file: NamedFile }; response: OpenedData };
  /** Resolves a revision on a hub and reads config, tokenizer and headers; nothing is stored. */
  hubLook: {
    request: { readonly hub: string; readonly repository: Repository; readonly config: RunConfig };
    response: SeenModel;
  };
  /** Downloads and checks what is missing of a model, and says what is stored then; cancelling pauses it. */
  hubDownload: {
    request: { readonly hub: string; readonly model: HubModel };
    response: readonly StoredModel[];
  };
  /** A model that is stored, for runs; nothing where it is not, or not in whole. No request leaves the origin. */
  hubOpen: { request: { readonly reference: string }; response: OpenedModel | undefined };
  hubStored: { request: Record<never, never>; response: readonly StoredModel[] };
  /** Removes what is stored of a model, and says what is stored then. */
  hubRemove: { request: { readonly reference: string }; response: readonly StoredModel[] };
  /**
   * The run's adapter as a zip. `trimError` is the largest relative change of an update, where ranks were trimmed;
   * `refusal` says why there are no files for PEFT.
   */
  exportAdapter: {
    request: {
      readonly notes: ExperimentNotes;
      readonly metrics: readonly MetricsLine[];
      readonly link: string;
      readonly device: string;
      readonly trim: boolean;
    };
    response: Download & { readonly trimError: number | undefined; readonly refusal: string | undefined };
  };
  /** The model with the run's update in its weights, as a zip of the folder that transformers loads. */
  exportMerged: { request: Record<never, never>; response: Download };
  /** The same folder as files, for a run that starts from it. */
  mergedModel: {
    request: Record<never, never>;
    response: { readonly name: string; readonly files: readonly NamedFile[] };
  };
  /** The same as ONNX. */
  exportOnnx: { request: Record<never, never>; response: Download };
  /** A program that trains the experiment with PyTorch. */
  exportPython: { request: Record<never, never>; response: Download };
  /** What ONNX Runtime makes of validation examples, beside what the engine does. */
  verify: { request: { readonly which: Which }; response: Opinion };
  /** Reads an adapter, a zip or the files of its folder, strictly; nothing of the run that is on changes. */
  importAdapter: {
    request: { readonly files: readonly NamedFile[]; readonly config: RunConfig };
    response: OpenedAdapter;
  };
  /** Checks every kernel and every gradient on the device of this tab. */
  checkDevice: { request: Record<never, never>; response: DeviceChecks };
  /** What the device of this tab says of itself. */
  describeDevice: { request: Record<never, never>; response: AdapterDescription };
  /** Measures the ways to compute products and attention on the device of this tab. */
  tuneKernels: {
    request: Record<never, never>;
    response: { readonly adapter: AdapterDescription; readonly tuning: Tuning };
  };
  /** Measures products, training steps and spectra on the device of this tab. */
  benchDevice: { request: { readonly all: boolean }; response: BenchReport };
  /** Measures the kernels of a training step. */
  profileStep: { request: { readonly what: ProfiledStep }; response: Profile };
  /** What the run on screen was made of. The page knows what it has reported, and what became of the last check. */
  receipt: {
    request: {
      readonly rows: readonly MetricRow[];
      readonly validation: Readonly<Record<string, number>> | undefined;
      readonly checked: Omit<DeviceChecks, "results"> | undefined;
    };
    response: Receipt;
  };
}

export type RequestName = keyof Requests;
export type RequestOf<N extends RequestName> = Requests[N]["request"];
export type ResponseOf<N extends RequestName> = Requests[N]["response"];

/** How far a download has come, in bytes and seconds; all files together. */
export interface Transfer {
  /** The file that is being fetched. */
  readonly file: string;
  readonly loaded: number;
  readonly total: number;
  readonly bytesPerSecond: number;
  /** Absent while it cannot be known. */
  readonly secondsLeft?: number;
}

/**
 * Says how far a request has come; `fraction` is 0 … 1, or absent where it cannot be known. `transfer` is there while
 * something is downloaded.
 */
export type Progress = (doing: string, fraction?: number, transfer?: Transfer) => void;
