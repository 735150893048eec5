import type { Sources } from "../../engine/data/sources.ts";
import type { FineTuner } from "../../engine/problems/fineTuning.ts";
import type { LocalFiles } from "../localFiles.ts";
import type { Progress, RequestName, RequestOf, ResponseOf } from "../rpc.ts";

/** What handlers work with. */
export interface RequestContext {
  readonly trainer: FineTuner;
  readonly sources: Sources;
  readonly localFiles: LocalFiles;
  readonly progress: Progress;
  /** Aborted when the page cancels the request. */
  readonly signal: AbortSignal;
}

/** One handler for each request. */
export type Handlers = {
  readonly [N in RequestName]: (request: RequestOf<N>, context: RequestContext) => Promise<ResponseOf<N>>;
};
