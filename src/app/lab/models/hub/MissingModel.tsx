import { useEffect, useState } from "react";
import { parseReference, shortRevision } from "../../../../engine/model/reference.ts";
import { areAtOnePlace } from "../../../../worker/hub/model.ts";
import { hub, hubAddress, useHub } from "../../../state/hub.ts";
import { isBusy } from "../../../state/phase.ts";
import { useLab } from "../../../state/store.ts";

/** What settings name from a hub and this browser does not have: a way to it, which nothing takes by itself. */
export function MissingModel({ reference }: { reference: string }) {
  const isKnown = useLab((state) => state.models[reference] !== undefined);
  const isTraining = useLab(({ phase }) => isBusy(phase));
  const isTaken = useHub((state) => state.busy !== undefined) || isTraining;
  const isStored = useHub(({ stored }) =>
    stored?.some((each) => each.isComplete && areAtOnePlace(each.reference, reference)),
  );
  const [absent, setAbsent] = useState<string>();
  const named = parseReference(reference);
  const isSought = named.kind === "hub" && !isKnown;
  // Whether it is stored here, now or once it was downloaded; that asks no one else.
  // biome-ignore lint/correctness/useExhaustiveDependencies: what is stored is reason to ask again.
  useEffect(() => {
    if (!isSought) return;
    hub.know(reference).then(
      (isThere) => setAbsent(isThere ? undefined : reference),
      () => setAbsent(reference),
    );
  }, [isSought, reference, isStored]);
  if (!isSought || absent !== reference) return null;
  return (
    <div className="missing-model">
      <p className="help">
        These settings are for{" "}
        <strong>
          {named.owner}/{named.name}
        </strong>{" "}
        at {shortRevision(named.revision)}, which is not stored in this browser. Nothing was fetched.
      </p>
      <button type="button" disabled={isTaken} onClick={() => hub.lookFor(reference)}>
        Look it up on {new URL(hubAddress()).host}
      </button>
    </div>
  );
}
