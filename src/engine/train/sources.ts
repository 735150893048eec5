/** Where files come from: the page's own origin in the worker, the disk in Node. */
export interface Sources {
  /** @param path such as `pd-bert/config.json`. @param onProgress fraction of the bytes received. */
  model(path: string, onProgress?: (fraction: number) => void): Promise<ArrayBuffer>;
  /** @param path such as `verse-sts/train.tsv`. */
  task(path: string): Promise<string>;
}
