/** What the thread that runs inputs is given. */
export interface FuzzJob {
  /** Of targets. */
  readonly names: readonly string[];
  readonly seed: number;
  readonly seconds: number;
  /** The number of the first input, and of the one after the last. */
  readonly from: number;
  readonly inputs: number;
  /** The number of the input at hand; −1 before the first. */
  readonly progress: Int32Array;
}

/** An input that broke a promise. */
export interface Find {
  readonly target: string;
  readonly index: number;
  readonly wrong: string;
  readonly bytes: Uint8Array;
}

/** What it says. Counts are of the ways that inputs of a target ended. */
export type FuzzMessage =
  | ({ readonly type: "find" } & Find)
  | { readonly type: "progress"; readonly done: number; readonly ms: number }
  | {
      readonly type: "end";
      readonly done: number;
      readonly ms: number;
      readonly counts: ReadonlyMap<string, ReadonlyMap<string, number>>;
    };
