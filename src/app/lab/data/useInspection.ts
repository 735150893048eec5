import { useRef, useState } from "react";
import type { DataDescription } from "../../../engine/data/inspectData.ts";
import type { FittedSetting } from "../../../engine/data/settle.ts";
import type { Failure } from "../../../engine/run/events.ts";
import type { DataSettings } from "../../../engine/tasks/custom/settings.ts";
import type { NamedFile } from "../../../worker/rpc.ts";
import { lab, useLab } from "../../state/store.ts";

/** What is being done, and how far it is where that is known. */
export interface Doing {
  readonly doing: string;
  readonly fraction?: number | undefined;
}

/** Looking at a data file in the worker: one look at a time, and the last that was asked for counts. */
export function useInspection() {
  const [file, setFile] = useState<NamedFile>();
  const [seen, setSeen] = useState<DataDescription>();
  const [failure, setFailure] = useState<Failure>();
  const [work, setWork] = useState<Doing>();
  /** What the visitor chose for the present file, so that it is not asked again. */
  const decided = useRef<ReadonlySet<keyof DataSettings>>(new Set());
  /** What was chosen since the last answer: another choice before it must not undo these. */
  const waiting = useRef<Partial<DataSettings>>({});
  const running = useRef<AbortController>(undefined);

  const attempt = async (
    what: (progress: (doing: string, fraction?: number) => void, signal: AbortSignal) => Promise<void>,
  ) => {
    running.current?.abort();
    const own = new AbortController();
    running.current = own;
    setFailure(undefined);
    setWork({ doing: "Reading" });
    try {
      await what((doing, fraction) => !own.signal.aborted && setWork({ doing, fraction }), own.signal);
    } catch (error) {
      if (!own.signal.aborted) setFailure(error as Failure);
    }
    if (running.current !== own) return;
    running.current = undefined;
    setWork(undefined);
  };

  const cancel = () => {
    running.current?.abort();
    running.current = undefined;
    setWork(undefined);
  };

  return {
    file,
    seen,
    failure,
    work,
    /**
     * @param asked settings that are not to be guessed.
     * @param chosen those of them that the visitor chose just now.
     */
    look(next: NamedFile, asked: Partial<DataSettings> = {}, chosen: readonly (keyof DataSettings)[] = []): void {
      if (next !== file) {
        setSeen(undefined);
        decided.current = new Set();
        waiting.current = {};
      }
      waiting.current = { ...waiting.current, ...Object.fromEntries(chosen.map((name) => [name, asked[name]])) };
      const all = { ...asked, ...waiting.current };
      decided.current = new Set([...decided.current, ...chosen]);
      const answered = [...decided.current];
      setFile(next);
      void attempt(async (progress, signal) => {
        const { config } = useLab.getState();
        const answer = await lab.ask(
          "inspectData",
          { file: next, asked: all, decided: answered, config },
          { progress, signal },
        );
        if (signal.aborted) return;
        waiting.current = {};
        setSeen(answer);
      });
    },
    use(settings: DataSettings, fitted: readonly FittedSetting[]): void {
      if (!file || !seen) return;
      const { reference } = seen;
      void attempt(async (progress) => {
        await lab.openData(file, { reference, settings, fitted }, progress);
        setSeen({ ...seen, settings, isWanted: true });
      });
    },
    /** Says why nothing can be looked at. */
    refuse(why: Failure): void {
      cancel();
      setSeen(undefined);
      setFailure(why);
    },
    cancel,
  };
}
