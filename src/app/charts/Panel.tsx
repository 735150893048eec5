import type { ReactNode } from "react";

export interface LegendEntry {
  /** A class of the chart's marks. */
  readonly mark: string;
  readonly text: string;
}

interface PanelProps {
  readonly id: string;
  readonly title: string;
  /** What the chart shows, in a sentence, for those who cannot see it. */
  readonly summary: string;
  readonly legend?: readonly LegendEntry[];
  readonly tools?: ReactNode;
  readonly note?: ReactNode;
  readonly table?: { readonly head: readonly string[]; readonly rows: readonly (readonly string[])[] };
  readonly isWide?: boolean;
  readonly children: ReactNode;
}

/** The frame of a chart: title, tools, legend, a sentence and a table of the same numbers. */
export function Panel({ id, title, summary, legend, tools, note, table, isWide = false, children }: PanelProps) {
  return (
    <section className={`panel ${isWide ? "wide" : ""}`} aria-labelledby={id}>
      <div className="panel-head">
        <h2 id={id}>{title}</h2>
        <div className="tools">{tools}</div>
      </div>
      <p className="visually-hidden">{summary}</p>
      {children}
      {legend && (
        <ul className="legend">
          {legend.map(({ mark, text }) => (
            <li key={text}>
              <svg className={`mark ${mark}`} viewBox="0 0 28 8" aria-hidden="true">
                <line x1="1" y1="4" x2="27" y2="4" />
              </svg>
              {text}
            </li>
          ))}
        </ul>
      )}
      {note && <p className="note">{note}</p>}
      {table && table.rows.length > 0 && (
        <details className="as-table">
          <summary>View as table</summary>
          <div className="scroll" tabIndex={0} role="region" aria-label={`${title} as a table`}>
            <table>
              <thead>
                <tr>
                  {table.head.map((cell) => (
                    <th key={cell} scope="col">
                      {cell}
                    </th>
                  ))}
                </tr>
              </thead>
              <tbody>
                {table.rows.map((row) => (
                  <tr key={row[0]}>
                    {row.map((cell, index) => (
                      <td key={table.head[index]}>{cell}</td>
                    ))}
                  </tr>
                ))}
              </tbody>
            </table>
          </div>
        </details>
      )}
    </section>
  );
}
