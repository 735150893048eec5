import { useState } from "react";
import type { ExampleRow } from "../../../engine/run/events.ts";
import { predictsTokens, taskTraitsOf } from "../../../engine/tasks/task.ts";
import { Scroll } from "../../Scroll.tsx";
import { isHeld } from "../../state/phase.ts";
import { lab, useLab } from "../../state/store.ts";

/** What the model says of a few validation examples, or writes, before training and now. */
export function Examples() {
  const phase = useLab((state) => state.phase);
  const config = useLab(({ current }) => current?.config);
  const before = useLab(({ current }) => current?.before) ?? [];
  const now = useLab(({ current }) => current?.now) ?? [];
  const tried = useLab(({ current }) => current?.tried);
  const task = config && taskTraitsOf(config);
  const isWriting = task !== undefined && predictsTokens(task);
  const hasAnswers = task?.kind !== "language-modelling";
  const title = !isWriting ? "Predictions" : hasAnswers ? "Completions" : "Samples";
  return (
    <section className="panel wide" aria-labelledby="examples">
      <h2 id="examples">{title}, before training and now</h2>
      {before.length === 0 ? (
        <p className="empty">A few held-out examples appear here once a run is built.</p>
      ) : (
        <Scroll label={`${title} as a table`} className="whole">
          <table className="stacked">
            <thead>
              <tr>
                <th scope="col">{isWriting ? "Prompt" : "Text"}</th>
                {hasAnswers && <th scope="col">{heads.expected}</th>}
                <th scope="col">{heads.before}</th>
                <th scope="col">{heads.now}</th>
              </tr>
            </thead>
            <tbody>
              {before.map((row, index) => (
                <Row key={row.text + index} row={row} now={now[index]} isWriting={isWriting} hasAnswers={hasAnswers} />
              ))}
              {tried?.map((each, index) => (
                <Row
                  key={`tried ${index}`}
                  row={each.before}
                  now={each.now}
                  isWriting={isWriting}
                  hasAnswers={hasAnswers}
                />
              ))}
            </tbody>
          </table>
        </Scroll>
      )}
      {isWriting && (isHeld(phase) || phase === "working") && (
        <Prompt
          isOpen={!hasAnswers}
          isTaken={!isHeld(phase)}
          initial={
            config?.task === "custom"
              ? (before[0]?.text ?? "")
              : usualPrompts[hasAnswers ? "completion" : "continuation"]
          }
        />
      )}
    </section>
  );
}

interface RowProps {
  readonly row: ExampleRow;
  readonly now: ExampleRow | undefined;
  /** Whether the model writes text, rather than a number or the name of a class. */
  readonly isWriting: boolean;
  /** Whether there is a column for what is right; a custom prompt has nothing to put there. */
  readonly hasAnswers: boolean;
}

function Row({ row, now, isWriting, hasAnswers }: RowProps) {
  const kind = isWriting ? "prose" : "numbers";
  return (
    <tr>
      <td>
        {row.text}
        {row.second !== undefined && <span className="second">{row.second}</span>}
      </td>
      {hasAnswers && (
        <td className={kind} data-head={heads.expected}>
          {row.expected ?? "–"}
        </td>
      )}
      <td className={kind} data-head={heads.before}>
        {row.predicted}
      </td>
      <td className={kind} data-head={heads.now}>
        {now && now.text === row.text ? now.predicted : "–"}
      </td>
    </tr>
  );
}

/** Heads of the columns; on narrow screens each cell has its own. */
const heads = { expected: "True", before: "Before training", now: "Now" } as const;

const MAX_PROMPT = 120;

/** What is tried first on bundled tasks; on custom rows it is one of them. */
const usualPrompts = { continuation: "And it came to pass", completion: "You have done a great thing." };

interface PromptProps {
  /** Whether the prompt is a beginning to go on with, rather than a text to be answered. */
  readonly isOpen: boolean;
  /** Whether the run is at something else. */
  readonly isTaken: boolean;
  readonly initial: string;
}

function Prompt({ isOpen, isTaken, initial }: PromptProps) {
  const [prompt, setPrompt] = useState(initial.slice(0, MAX_PROMPT));
  return (
    <form
      className="prompt"
      onSubmit={(event) => {
        event.preventDefault();
        if (prompt.trim()) lab.sample(prompt.trim());
      }}
    >
      <label>
        Try a {isOpen ? "beginning" : "text"} of your own
        <input value={prompt} maxLength={MAX_PROMPT} onChange={(event) => setPrompt(event.target.value)} />
      </label>
      <button type="submit" disabled={isTaken || !prompt.trim()}>
        {isOpen ? "Continue it" : "Complete it"}
      </button>
    </form>
  );
}
