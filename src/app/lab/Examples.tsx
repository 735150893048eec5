import { useState } from "react";
import { tasks } from "../../engine/tasks/task.ts";
import type { ExampleRow } from "../../engine/train/events.ts";
import { lab, useLab } from "../store.ts";

/** What the model says of a few validation examples, or writes, before training and now. */
export function Examples() {
  const { current, phase } = useLab();
  const before = current?.before ?? [];
  const now = current?.now ?? [];
  const isWriting = current !== undefined && tasks[current.config.task].kind === "language-modelling";
  return (
    <section className="panel wide" aria-labelledby="examples">
      <h2 id="examples">{isWriting ? "Samples" : "Predictions"}, before and now</h2>
      {before.length === 0 ? (
        <p className="empty">A few held-out examples appear here once a run is built.</p>
      ) : (
        <div className="scroll" tabIndex={0} role="region" aria-labelledby="examples">
          <table>
            <thead>
              <tr>
                <th scope="col">{isWriting ? "Prompt" : "Text"}</th>
                {!isWriting && <th scope="col">True</th>}
                <th scope="col">Before</th>
                <th scope="col">Now</th>
              </tr>
            </thead>
            <tbody>
              {before.map((row, index) => (
                <Row key={row.text + index} row={row} now={now[index]} isWriting={isWriting} />
              ))}
              {current?.tried.map((each, index) => (
                <Row key={`tried ${index}`} row={each.before} now={each.now} isWriting={isWriting} />
              ))}
            </tbody>
          </table>
        </div>
      )}
      {isWriting && (phase === "paused" || phase === "finished") && <Prompt />}
    </section>
  );
}

function Row({ row, now, isWriting }: { row: ExampleRow; now: ExampleRow | undefined; isWriting: boolean }) {
  return (
    <tr>
      <td>
        {row.text}
        {row.second !== undefined && <span className="second">{row.second}</span>}
      </td>
      {!isWriting && <td className="numbers">{row.expected}</td>}
      <td className={isWriting ? "prose" : "numbers"}>{row.predicted}</td>
      <td className={isWriting ? "prose" : "numbers"}>{now && now.text === row.text ? now.predicted : "–"}</td>
    </tr>
  );
}

function Prompt() {
  const [prompt, setPrompt] = useState("And it came to pass");
  return (
    <form
      className="prompt"
      onSubmit={(event) => {
        event.preventDefault();
        if (prompt.trim()) lab.sample(prompt.trim());
      }}
    >
      <label>
        Try a beginning of your own
        <input value={prompt} maxLength={120} onChange={(event) => setPrompt(event.target.value)} />
      </label>
      <button type="submit" disabled={!prompt.trim()}>
        Continue it
      </button>
    </form>
  );
}
