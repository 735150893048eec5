import type { FineTuner } from "../engine/problems/fineTuning.ts";
import type { Sources } from "../engine/train/sources.ts";
import { benchAnswers } from "./benchAnswers.ts";
import { dataAnswers } from "./dataAnswers.ts";
import { exportAnswers } from "./exportAnswers.ts";
import { hubAnswers } from "./hubAnswers.ts";
import { modelAnswers } from "./modelAnswers.ts";
import type { Offers } from "./offers.ts";
import type { Answer, Progress, Question, RequestName } from "./requests.ts";
import { trustAnswers } from "./trustAnswers.ts";

/** What answers are given from. */
export interface AnswerContext {
  readonly trainer: FineTuner;
  readonly sources: Sources;
  readonly offers: Offers;
  readonly progress: Progress;
  /** Aborted when the page no longer waits for the answer. */
  readonly signal: AbortSignal;
}

/** How each request is answered. */
export type Answers = {
  readonly [N in RequestName]: (question: Question<N>, context: AnswerContext) => Promise<Answer<N>>;
};

/** Leaving one out is a type error. */
export const answers: Answers = {
  ...benchAnswers,
  ...exportAnswers,
  ...hubAnswers,
  ...modelAnswers,
  ...trustAnswers,
  ...dataAnswers,
};
