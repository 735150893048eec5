import { type DragEvent, type InputHTMLAttributes, useState } from "react";
import type { Failure } from "../../engine/train/events.ts";
import type { ModelDescription, NamedFile } from "../../worker/requests.ts";
import { failureInWords } from "../format.ts";
import { hub, useHub } from "../hub.ts";
import { isBusy } from "../phase.ts";
import { lab, useLab } from "../store.ts";
import { droppedFiles } from "./dropped.ts";
import { HubModel } from "./hub/HubModel.tsx";
import { Description } from "./ModelDescription.tsx";

/** What a checkpoint may consist of; everything else in a folder is left alone. */
const PART =
  /(\.safetensors|\.safetensors\.index\.json|\.onnx|^(config|tokenizer|tokenizer_config|vocab)\.json|^(vocab|merges)\.txt)$/;

interface Chosen {
  readonly name: string;
  readonly files: readonly NamedFile[];
}

/** The way in for a model of one's own: files are looked at first, and used only when that is asked for. */
export function OpenModel() {
  const phase = useLab((state) => state.phase);
  const isOpen = useHub((state) => state.isOpen);
  const [chosen, setChosen] = useState<Chosen>();
  const [seen, setSeen] = useState<ModelDescription>();
  const [failure, setFailure] = useState<Failure>();
  const [doing, setDoing] = useState<string>();
  const isTaken = doing !== undefined || isBusy(phase);

  const attempt = async (what: () => Promise<void>) => {
    setFailure(undefined);
    setDoing("Reading");
    await what().catch(setFailure);
    setDoing(undefined);
  };
  const look = (given: readonly File[], folder?: string) => {
    if (given.length === 0 || isTaken) return;
    const next = chosenOf(given, folder);
    setChosen(next);
    setSeen(undefined);
    void attempt(async () => {
      const { config } = useLab.getState();
      setSeen(await lab.ask("inspectModel", { files: next.files, config }, { progress: setDoing }));
    });
  };
  const use = ({ name, files }: Chosen) =>
    void attempt(async () => {
      await lab.openModel(name, files, { progress: setDoing });
      setSeen(undefined);
      setChosen(undefined);
    });
  const drop = (event: DragEvent) => {
    event.preventDefault();
    droppedFiles(event.dataTransfer).then(
      ({ files, folder }) => look(files, folder),
      ({ message }: Error) => setFailure({ name: "DropError", message, hint: "Pick the folder instead." }),
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
        <input type="file" {...folderOnly} disabled={isTaken} onChange={(event) => look([...event.target.files!])} />
      </label>
      <label className="pick">
        Files
        <input type="file" multiple disabled={isTaken} onChange={(event) => look([...event.target.files!])} />
      </label>
      <div aria-live="polite">
        {doing !== undefined && <p className="help">{doing} …</p>}
        {failure && <p className="problem">{failureInWords(failure)}</p>}
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

/** The parts of a checkpoint among files, and what to call it: its folder, or its weights. */
function chosenOf(given: readonly File[], folder = given[0]!.webkitRelativePath.split("/")[0]): Chosen {
  const parts = given.filter(({ name }) => PART.test(name));
  const weights = parts.find(({ name }) => /\.(safetensors|onnx)$/.test(name))?.name;
  return {
    name: folder || weights || "model",
    files: (parts.length > 0 ? parts : given).map((file) => ({ name: file.name, content: file })),
  };
}

/** Makes a file input ask for a folder; React does not know the attribute. */
export const folderOnly = { webkitdirectory: "" } as InputHTMLAttributes<HTMLInputElement>;
