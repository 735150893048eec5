import { isCurrent, obstaclesOf } from "../../state/labState.ts";
import { useLab } from "../../state/store.ts";
import { FieldLink } from "./FieldLink.tsx";
import { groupOf, groups } from "./groups.ts";
import { NotesForm } from "./Notes.tsx";
import { SetupGroup } from "./SetupGroup.tsx";

/** The experiment, top to bottom in the order in which it is built. */
export function Setup() {
  const state = useLab();
  const { config, current, phase } = state;
  const problems = obstaclesOf(state);
  const isPending = current !== undefined && phase !== "empty" && !isCurrent(state);
  return (
    <form className="setup" aria-label="Setup" onSubmit={(event) => event.preventDefault()}>
      {isPending && (
        <p className="chip" role="status">
          Changes apply to the next run.
        </p>
      )}
      {groups.map((group, index) => (
        <SetupGroup
          key={group.title}
          group={group}
          number={index + 1}
          config={config}
          hasProblem={problems.some(({ field }) => groupOf(field) === group)}
        />
      ))}
      <NotesForm />
      {problems.length > 0 && (
        <div className="problems" role="alert">
          <strong>This cannot run yet:</strong>
          <ul>
            {problems.map(({ field, problem }) => (
              <li key={field + problem}>
                <FieldLink name={field} />: {problem}.
              </li>
            ))}
          </ul>
        </div>
      )}
    </form>
  );
}
