import { type DragEvent, useEffect, useId, useRef, useState } from "react";
import type { DataDescription } from "../../../engine/data/inspectData.ts";
import { fittedInWords } from "../../../engine/data/settingsInWords.ts";
import { chosenIn, type FittedSetting, settle } from "../../../engine/data/settle.ts";
import { EngineError } from "../../../engine/errors.ts";
import type { FieldName, RunConfig } from "../../../engine/settings/config.ts";
import { dataProblemsOf } from "../../../engine/settings/dataFields.ts";
import { type DataSettings, describeData, MAX_BYTES, NO_DATA } from "../../../engine/tasks/custom/settings.ts";
import type { NamedFile } from "../../../worker/rpc.ts";
import { failureInWords, sentence, whole } from "../../format.ts";
import { showWhole } from "../../showWhole.ts";
import { useLab } from "../../state/store.ts";
import { droppedFiles, type Given, pickedFiles } from "../dropped.ts";
import { useHanded } from "../open/handover.ts";
import { FieldLink, fieldId } from "../setup/FieldLink.tsx";
import { chosenData } from "./chosenData.ts";
import { DataChoosers } from "./DataChoosers.tsx";
import { DataFacts } from "./DataFacts.tsx";
import { DataQuestions } from "./DataQuestions.tsx";
import { useInspection } from "./useInspection.ts";

/** The way in for custom data: it is looked at first, and used only when that is asked for. */
export function CustomData({ config }: { config: RunConfig }) {
  const opened = useLab((state) => state.data);
  const { file, seen, failure, work, look, refuse, use, cancel } = useInspection();
  const [notice, setNotice] = useState<string>();
  const wanted = useId();
  const isMissing = config.task === "custom" && !opened.has(config.data);
  const [isOpen, setOpen] = useState(isMissing);
  useEffect(() => {
    if (isMissing) setOpen(true);
  }, [isMissing]);
  useFreshCounts(config, seen, () => file && seen && look(file, seen.settings));

  const take = ({ files, folder }: Given) => {
    try {
      const chosen = chosenData(files, folder);
      setNotice(chosen.notice);
      look(chosen.file);
    } catch (error) {
      if (!(error instanceof EngineError)) throw error;
      setNotice(undefined);
      refuse({ name: error.name, message: error.message, ...(error.hint !== undefined && { hint: error.hint }) });
    }
  };
  useHanded("data", (given) => {
    setOpen(true);
    take(given);
  });
  const drop = (event: DragEvent) => {
    event.preventDefault();
    const text = event.dataTransfer.getData("text/plain");
    if (event.dataTransfer.files.length === 0) {
      if (text) paste(text);
      return;
    }
    droppedFiles(event.dataTransfer).then(take, ({ message }: Error) =>
      refuse({ name: "DropError", message, hint: "Pick the file instead." }),
    );
  };
  const paste = (text: string) => {
    setNotice(undefined);
    look(pasted(text));
  };
  return (
    <>
      <details
        className="own-data"
        open={isOpen}
        onToggle={(event) => setOpen(event.currentTarget.open)}
        onDragOver={(event) => event.preventDefault()}
        onDrop={drop}
      >
        <summary>Use your own data</summary>
        {isMissing && (
          <p id={wanted} className="wanted">
            {config.data === NO_DATA
              ? "No data has been chosen yet. Open a file here or paste rows, look at them, and press Use this data."
              : `This experiment is about ${describeData(config.data)}. Open that file here; it is known by its content, whatever it is called.`}
          </p>
        )}
        <p className="help">
          TXT, CSV, TSV, JSON or JSONL in UTF-8, up to {MAX_BYTES / 2 ** 20} MB, with rows for training and validation
          together. It stays in this tab.
        </p>
        <label className="pick">
          Data file
          <input
            id={fieldId("data")}
            type="file"
            aria-describedby={isMissing ? wanted : undefined}
            accept=".txt,.csv,.tsv,.tab,.json,.jsonl,.ndjson,text/*,application/json"
            onChange={(event) => event.target.files!.length > 0 && take(pickedFiles([...event.target.files!]))}
          />
        </label>
        <Paste look={paste} />
        <div aria-live="polite">
          {work && (
            <p className="help">
              {work.doing}
              {work.fraction !== undefined && ` ${Math.round(100 * work.fraction)} %`} …{" "}
              <button type="button" onClick={cancel}>
                Stop
              </button>
            </p>
          )}
          {failure && <p className="problem">{failureInWords(failure)}</p>}
          {notice !== undefined && <p className="help">{notice}</p>}
        </div>
        {seen && file && (
          <Seen
            // Consent to skip some rows is none to skip others.
            key={`${seen.reference} ${seen.badRows}`}
            name={file.name}
            seen={seen}
            config={config}
            isBusy={work !== undefined}
            change={(asked, chosen) => look(file, asked, chosen)}
            use={use}
          />
        )}
      </details>
      {config.task === "custom" && !isMissing && <p className="help">In use: {describeData(config.data)}</p>}
    </>
  );
}

/** Text that is pasted or typed, as a file without a name. */
function Paste({ look }: { look: (text: string) => void }) {
  const id = useId();
  const [text, setText] = useState("");
  return (
    <div className="pick">
      <label htmlFor={id}>Or paste rows</label>
      <textarea
        id={id}
        rows={4}
        value={text}
        spellCheck={false}
        onFocus={showWhole}
        placeholder={'text,label\n"a fine day",good'}
        onChange={(event) => setText(event.target.value)}
      />
      <button type="button" disabled={text.trim() === ""} onClick={() => look(text)}>
        Look at these rows
      </button>
    </div>
  );
}

interface SeenProps {
  readonly name: string;
  readonly seen: DataDescription;
  readonly config: RunConfig;
  readonly isBusy: boolean;
  readonly change: (asked: Partial<DataSettings>, chosen: readonly (keyof DataSettings)[]) => void;
  readonly use: (settings: DataSettings, fitted: readonly FittedSetting[]) => void;
}

/** What was found in a file, what is to be made of it, and the consent that this needs. */
function Seen({ name, seen, config, isBusy, change, use }: SeenProps) {
  const { settings, badRows, reference, questions } = seen;
  const opened = useLab((state) => state.data);
  const [consents, setConsents] = useState(settings.dataBad === "skip");
  const models = useLab((state) => state.models);
  const problems = dataProblemsOf({ ...settings, data: reference });
  const wanted: RunConfig = { ...config, ...settings, task: "custom", data: reference };
  const { fitted, ...settled } = settle({ config: wanted, chosen: chosenFor(seen, config) }, { models, data: seen });
  // What is wrong with the rest of the settings can be put right later.
  const others = settled.problems.filter(({ problem }) => !problems.some((own) => own.problem === problem));
  const dataBad = badRows > 0 ? (consents ? "skip" : "refuse") : settings.dataBad;
  const chosen: DataSettings = { ...settings, dataBad };
  const isInUse =
    config.task === "custom" && config.data === reference && opened.has(reference) && hasSettings(config, chosen);
  const isReady =
    seen.obstacle === undefined && questions.length === 0 && problems.length === 0 && (badRows === 0 || consents);
  return (
    <div className="seen">
      {config.task === "custom" && config.data !== NO_DATA && !seen.isWanted && !opened.has(config.data) && (
        <p className="problem">
          {name} is another file than {describeData(config.data)}: its SHA-256 begins with {seen.sha256.slice(0, 16)}.
          The experiment cannot be repeated with it, but you can use it for one of your own.
        </p>
      )}
      <DataQuestions
        questions={questions}
        answer={(answer) => change({ ...settings, ...answer }, Object.keys(answer) as (keyof DataSettings)[])}
      />
      <DataChoosers seen={seen} change={change} />
      {problems.map(({ problem }) => (
        <p key={problem} className="problem">
          {sentence(problem)}
        </p>
      ))}
      <DataFacts name={name} seen={seen} maxTokens={config.maxTokens} />
      {badRows > 0 && (
        <label className="toggle consent">
          <input type="checkbox" checked={consents} onChange={(event) => setConsents(event.target.checked)} />
          Skip {badRows === 1 ? "this bad row" : `these ${whole(badRows)} bad rows`}
        </label>
      )}
      {others.map(({ field, problem }) => (
        <p key={field + problem} className="help">
          This does not go with the present settings yet. <FieldLink name={field} />: {problem}.
        </p>
      ))}
      {isReady &&
        fitted.map((each) => (
          <p key={each.field} className="help">
            {fittedInWords(each, wanted)}
          </p>
        ))}
      {questions.length > 0 && <p className="help">Answer the question above first.</p>}
      <button
        type="button"
        className={isInUse ? "" : "primary"}
        disabled={isBusy || !isReady || isInUse}
        onClick={() => use(chosen, fitted)}
      >
        {isInUse ? "In use" : "Use this data"}
      </button>
    </div>
  );
}

/** What stays as it is set: examples were chosen for this file only where the experiment is about it. */
function chosenFor({ isWanted }: DataDescription, config: RunConfig): ReadonlySet<FieldName> {
  return new Set([...chosenIn(config)].filter((name) => isWanted || name !== "shots"));
}

function hasSettings(config: RunConfig, settings: DataSettings): boolean {
  return (Object.keys(settings) as (keyof DataSettings)[]).every((name) => config[name] === settings[name]);
}

/** Tokens are those of the model and the longest text that are set: where these change, they are counted anew. */
function useFreshCounts({ model, maxTokens }: RunConfig, seen: DataDescription | undefined, recount: () => void): void {
  const current = `${model} ${maxTokens}`;
  const counted = useRef(current);
  const isStale = seen !== undefined && counted.current !== current;
  useEffect(() => {
    if (!isStale) return;
    const timer = setTimeout(() => {
      counted.current = current;
      recount();
    }, 400);
    return () => clearTimeout(timer);
  });
  if (!seen) counted.current = current;
}

function pasted(text: string): NamedFile {
  return { name: "pasted", content: new Blob([text]) };
}
