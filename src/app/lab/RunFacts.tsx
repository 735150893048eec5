import { megabytes, short, whole } from "../format.ts";
import { useLab } from "../store.ts";

/** What was built, in numbers. */
export function RunFacts() {
  const summary = useLab((state) => state.current?.summary);
  const seed = useLab((state) => state.current?.config.seed);
  if (!summary) return null;
  const facts: readonly (readonly [string, string])[] = [
    ["Trained parameters", `${whole(summary.trainableParameters)} of ${short(summary.totalParameters)}`],
    ["Watched matrices", String(summary.layers.length)],
    ["Training examples", whole(summary.trainingExamples)],
    ["Validation examples", whole(summary.validationExamples)],
    ["Texts that were cut", `${whole(summary.truncatedTexts)} of ${whole(summary.totalTexts)}`],
    ["Device memory", megabytes(summary.deviceBytes)],
    ["Dispatches per step", `${summary.dispatchesPerStep}, in one submission`],
  ];
  return (
    <section className="panel wide" aria-labelledby="facts">
      <h2 id="facts">This run</h2>
      <dl className="facts-list">
        {facts.map(([name, value]) => (
          <div key={name}>
            <dt>{name}</dt>
            <dd>{value}</dd>
          </div>
        ))}
      </dl>
      <p className="hint">
        The link and seed {seed} decide everything: on the same kind of GPU the same link gives the same curve to the
        last bit.
      </p>
    </section>
  );
}
