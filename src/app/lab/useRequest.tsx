import { useState } from "react";
import type { Failure } from "../../engine/run/events.ts";
import { failureInWords } from "../format.ts";

/** What came of it. */
export function Said({
  result,
  failure,
}: {
  readonly result: string | undefined;
  readonly failure: Failure | undefined;
}) {
  return (
    <p className={failure ? "hint problems" : "hint"} role="status">
      {failure ? failureInWords(failure) : result}
    </p>
  );
}

/** Something that is asked of the worker at the press of a button. */
export function useRequest(ask: () => Promise<string>) {
  const [state, setState] = useState<{ isBusy: boolean; result?: string; failure?: Failure }>({ isBusy: false });
  const start = () => {
    setState({ isBusy: true });
    ask().then(
      (result) => setState({ isBusy: false, result }),
      (failure: Failure) => setState({ isBusy: false, failure }),
    );
  };
  return { result: undefined, failure: undefined, ...state, start };
}
