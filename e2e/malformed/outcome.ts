/** An input for a loader, as the page is told. */
export interface LoaderJob {
  readonly kind: string;
  /** Where the page has the input from. */
  readonly address: string;
  /** The name of the file, as if it had been dropped; the loader may insist on it. */
  readonly file: string;
  readonly maxMs: number;
  /** A text to encode, for tokenizers. */
  readonly probe?: string;
  /** Tensors whose values are asked for. */
  readonly names?: readonly string[];
}

/** How a loader dealt with it. */
export interface Outcome {
  /** `uncoded` is an error that says no reason. */
  readonly verdict: "accept" | "reject" | "uncoded" | "hang" | "crash";
  readonly code?: string;
  readonly message?: string;
  /** Milliseconds that the loader took, without fetching the input. */
  readonly ms: number;
  /** The longest time in milliseconds that the page could not have answered. */
  readonly gap: number;
  /** Memory that the loader took, where it runs in the page. */
  readonly megabytes?: number;
  /** As pairs, since any name is one. */
  readonly values?: readonly (readonly [name: string, values: readonly number[]])[];
  readonly warnings?: readonly string[];
  readonly ids?: readonly number[];
  /** Errors that nobody caught. */
  readonly uncaught: readonly string[];
  /** What the input left behind and should not have. */
  readonly marks: readonly string[];
}
