import { TriangleAlert } from "lucide-react";
import { defaultConfig } from "../../engine/train/config.ts";
import type { SharedRun } from "../share.ts";
import { lab } from "../store.ts";

/** A link that could not be read in full: says in what, and leaves it to the reader what becomes of it. */
export function DamagedLink({
  shared,
  onResolved,
}: {
  shared: Extract<SharedRun, { kind: "damaged" }>;
  onResolved: () => void;
}) {
  const open = (config: typeof defaultConfig) => {
    lab.open(config);
    onResolved();
  };
  return (
    <section className="notice" role="alert" aria-labelledby="damaged">
      <h1 id="damaged">
        <TriangleAlert aria-hidden="true" /> This link could not be read in full
      </h1>
      <p>Nothing was started. What is wrong with it:</p>
      <ul>
        {shared.problems.map((problem) => (
          <li key={problem}>{problem}</li>
        ))}
      </ul>
      <p className="actions">
        <button type="button" className="primary" onClick={() => open(shared.readable)}>
          Use what could be read
        </button>
        <button type="button" onClick={() => open(defaultConfig)}>
          Start from the defaults
        </button>
      </p>
    </section>
  );
}
