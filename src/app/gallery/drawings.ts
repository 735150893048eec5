/* What draws recordings: fetched once the page has been seen, since it needs half of the lab's charts. */
export { Art } from "./Art.tsx";
export { TwoRuns } from "./TwoRuns.tsx";
