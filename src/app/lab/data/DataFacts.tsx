import type { DataDescription } from "../../../engine/data/inspectData.ts";
import { megabytes, significant, whole } from "../../format.ts";
import { Scroll } from "../../Scroll.tsx";

/** What is to be known of a file before a run starts on it. */
export function DataFacts({ name, seen, maxTokens }: { name: string; seen: DataDescription; maxTokens: number }) {
  const { layout, bytes, rows, badRows, bad, badKinds, obstacle, warnings, split, classes, labels, tokens, sha256 } =
    seen;
  return (
    <div className="data-facts" role="status">
      <p>
        <strong>{name}</strong>
        {layout !== undefined && `, laid out as ${layout}`}: {whole(rows)} {rows === 1 ? "row" : "rows"},{" "}
        {megabytes(bytes)}, SHA-256 {sha256.slice(0, 16)}…
      </p>
      <Preview seen={seen} />
      {badRows > 0 && (
        <details className="bad-rows">
          <summary>
            {badRows === 1 ? "1 row cannot" : `${whole(badRows)} rows cannot`} be used:{" "}
            <bdi>{badKinds.slice(0, KINDS).map(kindInWords).join("; ")}</bdi>
            {badKinds.length > KINDS && `; and ${badKinds.length - KINDS} more kinds`}
          </summary>
          <ol tabIndex={0} aria-label="Bad rows">
            {bad.map(({ line, problem }, at) => (
              <li key={at}>
                line {line}: <bdi>{problem}</bdi>
              </li>
            ))}
            {badRows > bad.length && <li>and {whole(badRows - bad.length)} more</li>}
          </ol>
        </details>
      )}
      {obstacle !== undefined && <p className="problem">{obstacle}</p>}
      {split && (
        <p>
          {whole(split.train)} to train on, {whole(split.dev)} held out for validation.
        </p>
      )}
      {tokens && tokens.counted > 0 && <Tokens tokens={tokens} maxTokens={maxTokens} />}
      {tokens?.counted === 0 && <p className="help">Tokens are counted once the model is open.</p>}
      {labels && (
        <p>
          Labels from {significant(labels.low)} to {significant(labels.high)}, {significant(labels.mean)} on average.
        </p>
      )}
      {classes && <Classes classes={classes} />}
      {warnings.map((warning) => (
        <p key={warning} className="help">
          <bdi>{warning}</bdi>
        </p>
      ))}
    </div>
  );
}

/** Kinds of bad rows that the summary names. */
const KINDS = 3;

function kindInWords({ problem, count, lines }: DataDescription["badKinds"][number]): string {
  const more = count > lines.length ? ` and ${whole(count - lines.length)} more` : "";
  return `${count === 1 ? "line" : "lines"} ${lines.join(", ")}${more}, ${problem}`;
}

function Tokens({ tokens, maxTokens }: { tokens: NonNullable<DataDescription["tokens"]>; maxTokens: number }) {
  const { counted, of, median, longest, cut, total } = tokens;
  if (total !== undefined) {
    const windows = Math.ceil(total / maxTokens);
    return (
      <p>
        {counted < of && "About "}
        {whole(total)} tokens, which make {whole(windows)} {windows === 1 ? "window" : "windows"} of {maxTokens}.
      </p>
    );
  }
  return (
    <p>
      {median} tokens is the median, {longest} the most{counted < of && ` of ${whole(counted)} rows`};{" "}
      {cut === 0
        ? `none is over the longest text of ${maxTokens}.`
        : `${Number((100 * cut).toPrecision(2))} % are over the longest text of ${maxTokens} and are cut; Longest text is under More task settings.`}
    </p>
  );
}

/** How often each class occurs, as a number and as a bar. */
function Classes({ classes }: { classes: NonNullable<DataDescription["classes"]> }) {
  const most = Math.max(...classes.map(({ train }) => train));
  return (
    <table className="classes">
      <caption>{classes.length} classes</caption>
      <thead>
        <tr>
          <th scope="col">Class</th>
          <th scope="col">Train</th>
          <th scope="col">Held out</th>
        </tr>
      </thead>
      <tbody>
        {classes.map(({ name, train, dev }) => (
          <tr key={name}>
            <th scope="row">
              <bdi>{name}</bdi>
              <meter min={0} max={Math.max(1, most)} value={train} aria-hidden="true" />
            </th>
            <td className="numbers">{whole(train)}</td>
            <td className="numbers">{whole(dev)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}

/** The first rows as they are read. */
function Preview({ seen: { columns, preview, settings } }: { seen: DataDescription }) {
  if (preview.length === 0) return null;
  const { dataKind, dataText, dataContext, dataSecond, dataLabel } = settings;
  const isCompletion = dataKind === "completion";
  const roleOf = (place: number) => {
    if (place === dataText) return isCompletion ? "prompt" : "text";
    if (place === dataContext) return isCompletion ? "context" : "continued";
    if (dataKind === "language-modelling") return "";
    if (place === dataSecond) return isCompletion ? "completion" : "second text";
    return !isCompletion && place === dataLabel ? "label" : "";
  };
  return (
    <Scroll label="First rows">
      <table>
        <thead>
          <tr>
            <th scope="col">Line</th>
            {columns.map((title, at) => (
              <th key={at} scope="col" className={roleOf(at + 1) === "" ? "unused" : ""}>
                <bdi>{title}</bdi>
                {roleOf(at + 1) !== "" && roleOf(at + 1) !== title && <span className="second">{roleOf(at + 1)}</span>}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {preview.map(({ line, cells, problem }, row) => (
            <tr key={row} className={problem === undefined ? undefined : "bad"}>
              <td className="numbers">
                {line}
                {problem !== undefined && (
                  <span className="mark" title={problem}>
                    not used
                  </span>
                )}
              </td>
              {cells.map((cell, at) => (
                <td key={at} className={roleOf(at + 1) === "" ? "unused" : ""}>
                  <bdi>{cell}</bdi>
                </td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}
