import { fingerprintOf } from "../engine/checkpoint/fingerprint.ts";
import { factsOf } from "../engine/model/facts.ts";
import { loadModel } from "../engine/model/loadModel.ts";
import { referenceName } from "../engine/model/reference.ts";
import type { Sources } from "../engine/train/sources.ts";
import type { Trainer } from "../engine/train/trainer.ts";
import { exportAnswers } from "./exportAnswers.ts";
import { type Offers, offeredFiles } from "./offers.ts";
import type { Answer, Progress, Question, RequestName } from "./requests.ts";

/** What answers are given from. */
export interface AnswerContext {
  readonly trainer: Trainer;
  readonly sources: Sources;
  readonly offers: Offers;
  readonly progress: Progress;
  /** Aborted when the page no longer waits for the answer. */
  readonly signal: AbortSignal;
}

/** How each request is answered; leaving one out is a type error. */
export const answers: {
  readonly [N in RequestName]: (question: Question<N>, context: AnswerContext) => Promise<Answer<N>>;
} = {
  ...exportAnswers,
  async openModel({ name, files }, { offers, progress }) {
    const given = offeredFiles(files);
    progress("Checking the files");
    const { transformer, tensors, config } = await loadModel(given);
    const hash = await fingerprintOf(given, (done) => progress("Taking the fingerprint", done / given.names.length));
    const reference = `file:${referenceName(name)}~${hash.slice(0, 16)}`;
    offers.set(reference, files);
    const parameters = [...tensors.values()].reduce((sum, { values }) => sum + values.length, 0);
    return { reference, facts: factsOf(transformer), family: config.family, parameters };
  },
};
