import type { CSSProperties, ReactNode } from "react";

interface LayerTableProps {
  readonly className: string;
  readonly caption: string;
  /** Kinds of matrix. */
  readonly kinds: readonly string[];
  /** Blocks, each with a cell for every kind that it has. */
  readonly rows: readonly { readonly block: string; readonly cells: readonly ReactNode[] }[];
}

/** Layers as a table of blocks by kinds of matrix. */
export function LayerTable({ className, caption, kinds, rows }: LayerTableProps) {
  return (
    <table className={className} style={{ "--kinds": kinds.length } as CSSProperties}>
      <caption className="visually-hidden">{caption}</caption>
      <thead>
        <tr>
          <th scope="col">
            <span className="visually-hidden">Block</span>
          </th>
          {kinds.map((kind) => (
            <th key={kind} scope="col">
              {kind}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {rows.map(({ block, cells }) => (
          <tr key={block}>
            <th scope="row">{block}</th>
            {cells.map((cell, at) => (
              <td key={kinds[at]}>{cell}</td>
            ))}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
