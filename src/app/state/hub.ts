import { create } from "zustand";
import { fittedInWords } from "../../engine/data/settingsInWords.ts";
import { parseReference } from "../../engine/model/reference.ts";
import type { Failure } from "../../engine/run/events.ts";
import { isAnythingStored } from "../../worker/hub/folder.ts";
import { HUB, type HubModel, parseHub, parseRepository, referenceOf } from "../../worker/hub/model.ts";
import type { Progress, SeenModel, StoredModel, Transfer } from "../../worker/rpc.ts";
import { lab, useLab } from "./store.ts";
import { readStored } from "./useStored.ts";

/** What the page knows of models on a hub and in its storage. It outlives the panel that shows it. */
export interface HubState {
  /** Whether the panel is unfolded. */
  readonly isOpen: boolean;
  /** What is written in the form. */
  readonly repository: string;
  readonly revision: string;
  /** What is being done, if anything is. */
  readonly busy: "looking" | "downloading" | "opening" | "removing" | undefined;
  readonly doing: string | undefined;
  /** How far the download has come that is on or was stopped last. */
  readonly transfer: Transfer | undefined;
  /** The model that was looked at last. */
  readonly seen: SeenModel | undefined;
  /** The model that is being downloaded, or whose download was stopped. */
  readonly target: HubModel | undefined;
  readonly failure: Failure | undefined;
  /** Absent until it was asked for. */
  readonly stored: readonly StoredModel[] | undefined;
  /** What came of it, for those who cannot see it. */
  readonly news: string;
}

export const useHub = create<HubState>(() => ({
  isOpen: false,
  repository: "",
  revision: "",
  busy: undefined,
  doing: undefined,
  transfer: undefined,
  seen: undefined,
  target: undefined,
  failure: undefined,
  stored: undefined,
  news: "",
}));

const set = useHub.setState;
const get = useHub.getState;

/** Gives up what is being done. */
let giveUp: AbortController | undefined;

const progress: Progress = (doing, _fraction, transfer) => set({ doing, ...(transfer && { transfer }) });

/** The address of the hub that the visitor has set, or Hugging Face. */
export function hubAddress(): string {
  return parseHub(readStored("hub", HUB)) ?? HUB;
}

/** Does one thing at a time, and keeps what it fails with. */
async function attempt(busy: NonNullable<HubState["busy"]>, what: (signal: AbortSignal) => Promise<void>) {
  if (get().busy) return;
  const own = new AbortController();
  giveUp = own;
  set({ busy, doing: undefined, failure: undefined, news: "" });
  try {
    await what(own.signal);
  } catch (failure) {
    // What was given up by its own button needs no words.
    // After a failure how far it has come is what is stored, which may be less.
    if (!own.signal.aborted) set({ failure: inWords(failure as Failure), transfer: undefined });
  } finally {
    if (giveUp === own) {
      giveUp = undefined;
      set({ busy: undefined, doing: undefined });
    }
  }
}

/** The trainer's worker is ended with a run that is cancelled, and whatever else it does. */
function inWords(failure: Failure): Failure {
  return failure.name === "AbortError"
    ? {
        ...failure,
        message: "this stopped with the run that was cancelled",
        hint: "What is stored stays; start it again.",
      }
    : failure;
}

/** What is stored of a model. */
export function storedOf({ stored }: Pick<HubState, "stored">, model: HubModel): StoredModel | undefined {
  return stored?.find(({ reference }) => reference === referenceOf(model));
}

/** Whether a model is the one that is being downloaded, or whose download was stopped. */
export function isTarget({ target }: Pick<HubState, "target">, model: HubModel): boolean {
  return target !== undefined && referenceOf(target) === referenceOf(model);
}

export const hub = {
  open(isOpen: boolean): void {
    set({ isOpen });
    if (isOpen && get().stored === undefined) void hub.refresh();
  },

  write(change: Partial<Pick<HubState, "repository" | "revision">>): void {
    set(change);
  },

  /** Looks at what is written in the form. */
  look(): Promise<void> {
    return attempt("looking", async (signal) => {
      const repository = parseRepository(get().repository, get().revision);
      if (!repository) return;
      set({ seen: undefined, target: undefined, transfer: undefined });
      const { config } = useLab.getState();
      const seen = await lab.ask("hubLook", { hub: hubAddress(), repository, config }, { progress, signal });
      await hub.refresh();
      set({ seen, news: "Looked at." });
    });
  },

  /** Writes the model that a link names into the form and looks at it. */
  lookFor(reference: string): void {
    const named = parseReference(reference);
    if (named.kind !== "hub") return;
    set({ repository: `${named.owner}/${named.name}`, revision: named.revision });
    hub.open(true);
    void hub.look();
  },

  /** Starts a download, or goes on with it. */
  download(model: HubModel): Promise<void> {
    return attempt("downloading", async (signal) => {
      set({ target: model, ...(!isTarget(get(), model) && { transfer: undefined }) });
      // Where the browser grants it, what is stored is not cleared when space gets short.
      void navigator.storage?.persist?.().catch(() => false);
      const stored = await lab.ask("hubDownload", { hub: hubAddress(), model }, { progress, signal });
      set({ stored, target: undefined, transfer: undefined, news: "Downloaded and checked." });
    }).then(hub.refresh);
  },

  /** Stops what is being done; of a download what has come so far stays. */
  pause(): void {
    const wasDownload = get().busy === "downloading";
    giveUp?.abort();
    giveUp = undefined;
    set({ busy: undefined, doing: undefined, news: wasDownload ? "Paused." : "Stopped." });
  },

  /** Stops a download and removes what has come. */
  async cancel(): Promise<void> {
    const { target } = get();
    hub.pause();
    if (target) await hub.remove(referenceOf(target));
    set({ target: undefined, transfer: undefined, news: "Cancelled; nothing of it is stored." });
  },

  /** Makes a stored model that of the next run. */
  use(reference: string): Promise<void> {
    return attempt("opening", async () => {
      if (!(await hub.know(reference))) {
        throw {
          name: "Error",
          message: "it is no longer stored in whole",
          hint: "Download it again.",
        } satisfies Failure;
      }
      const fitted = lab.takeModel(reference).map((each) => fittedInWords(each, useLab.getState().config));
      set({ news: ["This is the model of the next run.", ...fitted].join(" ") });
    });
  },

  /** Takes up a stored model under its reference. @returns whether it is stored. */
  async know(reference: string): Promise<boolean> {
    const named = parseReference(reference);
    // A link alone starts no worker where there is nothing to be read.
    if (named.kind !== "hub" || !(await isAnythingStored(named))) return false;
    const opened = await lab.ask("hubOpen", { reference });
    if (opened) lab.know(reference, opened.facts);
    return opened !== undefined;
  },

  remove(reference: string): Promise<void> {
    return attempt("removing", async (signal) => {
      const stored = await lab.ask("hubRemove", { reference }, { signal });
      lab.forget(reference);
      set({ stored, news: "Removed." });
    });
  },

  /** Reads anew what is stored. */
  async refresh(): Promise<void> {
    const stored = await lab.ask("hubStored", {}).catch(() => undefined);
    if (stored) set({ stored });
  },
};
