import { FileDown } from "lucide-react";
import { useState } from "react";
import type { Failure } from "../../../engine/run/events.ts";
import { writeExperiment } from "../../../engine/settings/experiment.ts";
import { save } from "../../saveFile.ts";
import { notesOf } from "../../state/labState.ts";
import { lab, useLab } from "../../state/store.ts";
import { Said } from "../useRequest.tsx";

/** Settings, title and note as a file, as long as they are. */
export function SaveExperiment() {
  const write = async () => {
    const state = useLab.getState();
    const text = await writeExperiment(state.config, { notes: notesOf(state) });
    save({ name: "experiment.json", content: new Blob([text], { type: "application/json" }) });
  };
  return (
    <button type="button" onClick={() => void write()}>
      <FileDown aria-hidden="true" /> Save as experiment.json
    </button>
  );
}

/** The way back in for settings that were saved as a file. */
export function OpenExperiment() {
  const [said, setSaid] = useState<{ readonly result?: string; readonly failure?: Failure }>({});
  const open = async (file: File | undefined) => {
    if (!file) return;
    try {
      await lab.openExperiment({ name: file.name, content: file });
      setSaid({ result: `The settings are those of ${file.name}.` });
    } catch (error) {
      setSaid({ failure: error as Failure });
    }
  };
  return (
    <div className="open-adapter">
      <label>
        Open an experiment: its experiment.json, with settings, title and note
        <input
          type="file"
          accept=".json,application/json"
          onChange={(event) => void open(event.target.files?.[0] ?? undefined)}
        />
      </label>
      <Said result={said.result} failure={said.failure} />
      <SaveExperiment />
    </div>
  );
}
