import { Fragment } from "react";
import type { FieldName } from "../../../engine/settings/config.ts";
import { type LabState, obstaclesOf, tooSlow } from "../../state/labState.ts";
import { FieldLink } from "./FieldLink.tsx";

/** What keeps Train from being pressed, with ways to the fields that would change it. */
export function Obstacles({ state }: { state: LabState }) {
  const slow = tooSlow(state);
  const others = obstaclesOf(state).filter(({ problem }) => problem !== slow?.problem);
  return (
    <>
      {others.length > 0 && (
        <p className="obstacles">
          The settings cannot run yet: see <Links names={[...new Set(others.map(({ field }) => field))]} /> in the
          setup.
        </p>
      )}
      {slow && others.length === 0 && (
        <p className="obstacles" role="status">
          Too slow to train: {slow.problem}. Set <AtMost name="batchSize" value={slow.batchSize} />
          <AtMost name="maxTokens" value={slow.maxTokens} />
          <FieldLink name="model" /> to a smaller one.
        </p>
      )}
    </>
  );
}

function Links({ names }: { names: readonly FieldName[] }) {
  return names.map((name, at) => (
    <Fragment key={name}>
      {at > 0 && ", "}
      <FieldLink name={name} />
    </Fragment>
  ));
}

function AtMost({ name, value }: { name: FieldName; value: number | undefined }) {
  if (value === undefined) return null;
  return (
    <>
      <FieldLink name={name} /> to at most {value}, or{" "}
    </>
  );
}
