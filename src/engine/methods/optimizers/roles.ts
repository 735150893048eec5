// Optimizers by what others need one for. `defaults.ts` has the one that a run has where nobody chose.

/** What updates whatever another optimizer does not take. */
export { adamw as rest } from "./adamw.ts";

/** Gradient descent, of which momentum can be 0. */
export { sgd as descent } from "./sgd.ts";
