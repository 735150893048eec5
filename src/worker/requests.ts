import type { ModelFacts } from "../engine/model/facts.ts";

/** A file that the visitor gave or the page made. */
export interface NamedFile {
  readonly name: string;
  readonly content: Blob;
}

/** A model from outside that runs may use from now on. */
export interface OpenedModel {
  /** What settings call it. */
  readonly reference: string;
  readonly facts: ModelFacts;
  readonly family: string;
  readonly parameters: number;
}

/**
 * What the page may ask of the worker besides moving a run on, each with its answer. Both are plain data; blobs and
 * buffers are among it.
 */
export interface Requests {
  /** Checks the files of a checkpoint and keeps them for runs. */
  openModel: { question: { readonly name: string; readonly files: readonly NamedFile[] }; answer: OpenedModel };
}

export type RequestName = keyof Requests;
export type Question<N extends RequestName> = Requests[N]["question"];
export type Answer<N extends RequestName> = Requests[N]["answer"];

/** Says how far a request has come; `fraction` is 0 … 1, or absent where it cannot be known. */
export type Progress = (doing: string, fraction?: number) => void;
