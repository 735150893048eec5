import { TriangleAlert } from "lucide-react";
import { defaultConfig } from "../../engine/train/config.ts";
import type { SharedExperiment, SharedRun } from "../share.ts";
import { lab } from "../store.ts";

/** Problems that are told one by one; a link that has more is not one that got a scratch. */
const MOST = 12;

/** A link that could not be read in full: says in what, and leaves it to the reader what becomes of it. */
export function DamagedLink({
  shared,
  onResolved,
}: {
  shared: Extract<SharedRun, { kind: "damaged" }>;
  onResolved: () => void;
}) {
  const { problems, readable } = shared;
  const open = ({ config, notes }: Partial<SharedExperiment>) => {
    lab.open(config ?? defaultConfig, notes);
    onResolved();
  };
  return (
    <section className="notice" role="alert" aria-labelledby="damaged">
      <h1 id="damaged">
        <TriangleAlert aria-hidden="true" /> This link could not be read in full
      </h1>
      <p>Nothing was started. What is wrong with it:</p>
      <ul>
        {problems.slice(0, MOST).map(({ text }) => (
          <li key={text}>
            <bdi>{text}</bdi>
          </li>
        ))}
        {problems.length > MOST && <li>and {problems.length - MOST} more</li>}
      </ul>
      <p className="actions">
        {readable && (
          <button type="button" className="primary" onClick={() => open(readable)}>
            Use what could be read
          </button>
        )}
        <button type="button" onClick={() => open({})}>
          Start from the defaults
        </button>
      </p>
    </section>
  );
}
