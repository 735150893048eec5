import { useEffect } from "react";
import { create } from "zustand";
import type { Given } from "../dropped.ts";

/** What of the setup looks at files that were given elsewhere. */
type Taker = "model" | "data";

interface Handed {
  readonly to: Taker;
  readonly given: Given;
}

const useHandover = create<{ readonly handed: Handed | undefined }>(() => ({ handed: undefined }));

/** Leaves files for the part of the setup that looks at such, which takes them as soon as it is there. */
export function handOver(to: Taker, given: Given): void {
  useHandover.setState({ handed: { to, given } });
}

/** Takes what was left for a part of the setup, once. */
export function useHanded(to: Taker, take: (given: Given) => void): void {
  const handed = useHandover((state) => state.handed);
  // biome-ignore lint/correctness/useExhaustiveDependencies: it is what was handed over that matters.
  useEffect(() => {
    if (handed?.to !== to) return;
    useHandover.setState({ handed: undefined });
    take(handed.given);
  }, [handed]);
}
