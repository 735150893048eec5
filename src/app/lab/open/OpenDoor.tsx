import { FileInput } from "lucide-react";
import { type ChangeEvent, type DragEvent, type FormEvent, type InputHTMLAttributes, useId, useState } from "react";
import type { Failure } from "../../../engine/run/events.ts";
import { failureInWords } from "../../format.ts";
import { droppedFiles, type Given, pickedFiles } from "../dropped.ts";
import { folderOnly } from "../models/OpenModel.tsx";
import { openFiles, openPasted } from "./openGiven.ts";

/** The way in for whatever one brings: files, a folder or a link, dropped, picked or pasted. */
export default function OpenDoor() {
  const id = useId();
  const [isReading, setReading] = useState(false);
  const [failure, setFailure] = useState<Failure>();
  const [text, setText] = useState("");
  const attempt = async (what: () => Promise<void>) => {
    if (isReading) return;
    setFailure(undefined);
    setReading(true);
    await what().catch(setFailure);
    setReading(false);
  };
  const take = (given: Given) => void attempt(() => openFiles(given));
  const paste = (written: string) => void attempt(() => openPasted(written));
  const drop = (event: DragEvent) => {
    event.preventDefault();
    const { dataTransfer } = event;
    const dropped = dataTransfer.files.length === 0 ? dataTransfer.getData("text/plain") : undefined;
    if (dropped === undefined) {
      const files = droppedFiles(dataTransfer);
      void attempt(async () => openFiles(await files));
    } else if (dropped) paste(dropped);
  };
  const submit = (event: FormEvent) => {
    event.preventDefault();
    if (text.trim()) paste(text);
  };
  return (
    <section
      className="door open-door"
      aria-labelledby={id}
      onDragOver={(event) => event.preventDefault()}
      onDrop={drop}
    >
      <FileInput aria-hidden="true" />
      <div>
        <h3 id={id}>Open a file or link</h3>
        <p>
          A checkpoint, an adapter, your own text, or an experiment somebody sent you: drop it here, pick it or paste
          it. The lab opens with it, and nothing is started.
        </p>
        <p className="actions">
          <Pick label="Pick files" take={take} isOff={isReading} multiple />
          <Pick label="Pick a folder" take={take} isOff={isReading} {...folderOnly} />
        </p>
        <form onSubmit={submit}>
          <label htmlFor={`${id}-text`}>Link, or rows of text</label>
          <textarea
            id={`${id}-text`}
            rows={1}
            value={text}
            spellCheck={false}
            onChange={(event) => setText(event.target.value)}
          />
          <button type="submit" disabled={isReading || text.trim() === ""}>
            Open
          </button>
        </form>
        <div aria-live="polite">
          {isReading && <p className="facts">Reading …</p>}
          {failure && <p className="problem">{failureInWords(failure)}</p>}
        </div>
      </div>
    </section>
  );
}

interface PickProps extends InputHTMLAttributes<HTMLInputElement> {
  readonly label: string;
  readonly isOff: boolean;
  readonly take: (given: Given) => void;
}

/** A button that asks for files. The same ones can be picked again, as after they were mended. */
function Pick({ label, isOff, take, ...kind }: PickProps) {
  const pick = ({ currentTarget }: ChangeEvent<HTMLInputElement>) => {
    const files = [...currentTarget.files!];
    currentTarget.value = "";
    if (files.length > 0) take(pickedFiles(files));
  };
  return (
    <label className="pick">
      {label}
      <input className="visually-hidden" type="file" {...kind} disabled={isOff} onChange={pick} />
    </label>
  );
}
