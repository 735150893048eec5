import { megabytes, short, whole } from "../../format.ts";
import { useLab } from "../../state/store.ts";
import { type Facts, FactsList } from "../FactsList.tsx";
import { Measures } from "./Measures.tsx";

/** What was built, in numbers. */
export function RunFacts() {
  const summary = useLab(({ current }) => current?.summary);
  const openedAt = useLab(({ current }) => current?.openedAt);
  const config = useLab(({ current }) => current?.config);
  const evaluations = useLab(({ current }) => current?.evaluations);
  const device = useLab((state) => state.device);
  if (!summary || !config || !evaluations) return null;
  const isProcessor = device?.kind === "cpu";
  const facts: Facts = [
    ["Trained parameters", `${whole(summary.trainableParameters)} of ${short(summary.totalParameters)}`],
    ["Watched matrices", String(summary.layers.length)],
    ["Training examples", whole(summary.trainingExamples)],
    ["Validation examples", whole(summary.validationExamples)],
    ["Texts that were cut", `${whole(summary.truncatedTexts)} of ${whole(summary.totalTexts)}`],
    ["Device memory", megabytes(summary.deviceBytes)],
    isProcessor
      ? ["Kernels per step", whole(summary.dispatchesPerStep)]
      : ["Dispatches per step", `${summary.dispatchesPerStep}, in one submission`],
  ];
  return (
    <section className="panel wide" aria-labelledby="facts">
      <h2 id="facts">This run</h2>
      <FactsList facts={facts} />
      <Measures record={{ summary, evaluations }} />
      <p className="hint">
        {openedAt === undefined
          ? `The link${config.task === "custom" ? ", the file" : ""} and seed ${config.seed} decide everything: ${isProcessor ? "on processors of the same arithmetic, which the receipt names, in the same browser," : "on the same kind of GPU"} they give the same curve to the last bit.${isProcessor ? " Links from before arithmetic 2 give theirs but for the last bits: sums came in another order." : ""}`
          : `This run goes on from step ${openedAt} of an adapter that was opened. The link holds its settings and seed ${config.seed}, not that adapter: alone it starts at step 0 without it. To repeat this run, open the same file again.`}
      </p>
    </section>
  );
}
