import type { CheckpointFiles } from "../checkpoint/checkpoint.ts";

/** Where files come from: the page's own origin in the worker, the disk in Node. */
export interface Sources {
  /** @param reference what settings call the model, such as `pd-bert`. @throws CheckpointError when it is not to be had. */
  model(reference: string): Promise<CheckpointFiles>;
  /** @param path such as `verse-sts/train.tsv`. */
  task(path: string): Promise<string>;
  /** @param reference what settings call a custom file, `name~hash`. @throws CheckpointError when it is not there. */
  data(reference: string): Promise<DataFile>;
}

/** A data file in the visitor's hands. */
export interface DataFile {
  /** As it is called where it lies. */
  readonly name: string;
  readonly content: Uint8Array<ArrayBuffer>;
}
