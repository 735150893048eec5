import type { Rival } from "../contract.ts";
import type { Launched, OwnTab, Tab } from "./browser.ts";
import type { Options, PeerName } from "./options.ts";
import type { SuiteResult } from "./report.ts";

/** A tab by the name that it has in the report. */
export type Labelled<T> = T & { readonly key: "ours" | PeerName; readonly label: string };

/** Whoever can be compared: the engine, or a peer. */
export type Compared = Labelled<Tab<Rival>>;

/** What a suite measures with. */
export interface Lab extends Pick<Launched, "tab" | "timed" | "gpuMemory"> {
  readonly ours: Labelled<OwnTab>;
  readonly peers: readonly Compared[];
  /** Another browser, as new as this one was. */
  relaunch(): Promise<Launched>;
  /** Says what is being done. */
  say(doing: string): void;
}

export type Suite = (lab: Lab, options: Options) => Promise<SuiteResult>;
