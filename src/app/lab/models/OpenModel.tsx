import { type DragEvent, type InputHTMLAttributes, useState } from "react";
import { fittedInWords } from "../../../engine/data/settingsInWords.ts";
import type { Failure } from "../../../engine/run/events.ts";
import type { ModelDescription, NamedFile } from "../../../worker/rpc.ts";
import { failureInWords } from "../../format.ts";
import { hub, useHub } from "../../state/hub.ts";
import { isBusy } from "../../state/phase.ts";
import { lab, useLab } from "../../state/store.ts";
import { droppedFiles, type Given, pickedFiles } from "../dropped.ts";
import { useHanded } from "../open/handover.ts";
import { HubModel } from "./hub/HubModel.tsx";
import { Description } from "./ModelDescription.tsx";

interface Chosen {
  readonly name: string;
  readonly files: readonly NamedFile[];
}

/** The way in for a model from files: files are looked at first, and used only when that is asked for. */
export function OpenModel() {
  const phase = useLab((state) => state.phase);
  const isOpen = useHub((state) => state.isOpen);
  const [chosen, setChosen] = useState<Chosen>();
  const [seen, setSeen] = useState<ModelDescription>();
  const [failure, setFailure] = useState<Failure>();
  const [doing, setDoing] = useState<string>();
  /** What became of settings that the last model was used with. */
  const [notice, setNotice] = useState("");
  const isTaken = doing !== undefined || isBusy(phase);

  const attempt = async (what: () => Promise<void>) => {
    setFailure(undefined);
    setNotice("");
    setDoing("Reading");
    await what().catch(setFailure);
    setDoing(undefined);
  };
  const look = (given: Given) => {
    if (isTaken) return;
    const next = chosenOf(given);
    setChosen(next);
    setSeen(undefined);
    void attempt(async () => {
      const { config } = useLab.getState();
      setSeen(await lab.ask("inspectModel", { files: next.files, config }, { progress: setDoing }));
    });
  };
  const use = ({ name, files }: Chosen) =>
    void attempt(async () => {
      const fitted = await lab.openModel(name, files, { progress: setDoing });
      setNotice(fitted.map((each) => fittedInWords(each, useLab.getState().config)).join(" "));
      setSeen(undefined);
      setChosen(undefined);
    });
  useHanded("model", (given) => {
    hub.open(true);
    look(given);
  });
  const drop = (event: DragEvent) => {
    event.preventDefault();
    droppedFiles(event.dataTransfer).then(look, ({ message }: Error) =>
      setFailure({ name: "DropError", message, hint: "Pick the folder instead." }),
    );
  };

  return (
    <details
      className="open-model"
      open={isOpen}
      onToggle={(event) => hub.open(event.currentTarget.open)}
      onDragOver={(event) => event.preventDefault()}
      onDrop={drop}
    >
      <summary>Open another model</summary>
      <p className="help">
        BERT, RoBERTa, DistilBERT, GPT-2, Llama, Qwen2, Mistral or T5, with its weights as safetensors.
      </p>
      <HubModel />
      <h2>From files</h2>
      <p className="help">A folder or files with config.json, safetensors and a tokenizer. They stay in this tab.</p>
      <label className="pick">
        Folder
        <input
          type="file"
          {...folderOnly}
          disabled={isTaken}
          onChange={(event) => look(pickedFiles([...event.target.files!]))}
        />
      </label>
      <label className="pick">
        Files
        <input
          type="file"
          multiple
          disabled={isTaken}
          onChange={(event) => look(pickedFiles([...event.target.files!]))}
        />
      </label>
      <div aria-live="polite">
        {doing !== undefined && <p className="help">{doing} …</p>}
        {failure && <p className="problem">{failureInWords(failure)}</p>}
        {notice !== "" && <p className="help">{notice}</p>}
        {seen && chosen && <Description name={chosen.name} seen={seen} />}
      </div>
      {seen && chosen && seen.obstacles.length === 0 && (
        <button type="button" disabled={isTaken} onClick={() => use(chosen)}>
          Use this model
        </button>
      )}
    </details>
  );
}

/** Files as they were given, and what to call them: their folder, or the weights among them. */
function chosenOf({ files, folder }: Given): Chosen {
  const weights = files
    .find(({ name }) => /\.(safetensors|onnx)$/.test(name))
    ?.name.split("/")
    .at(-1);
  return { name: folder || weights || "model", files };
}

/** Makes a file input ask for a folder; React does not know the attribute. */
export const folderOnly = { webkitdirectory: "" } as InputHTMLAttributes<HTMLInputElement>;
