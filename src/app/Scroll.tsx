import type { ReactNode } from "react";

interface ScrollProps {
  /** What is in it, for those who hear it. */
  readonly label: string;
  readonly className?: string;
  readonly children: ReactNode;
}

/** What may be larger than its place: scrolled by mouse, touch and keys. */
export function Scroll({ label, className = "", children }: ScrollProps) {
  return (
    <div className={`scroll ${className}`} tabIndex={0} role="region" aria-label={label}>
      {children}
    </div>
  );
}

interface ScrollTableProps {
  readonly label: string;
  readonly head: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** Whether the first cells name their rows. */
  readonly isNamed?: boolean;
}

/** A table of figures that scrolls in its place. */
export function ScrollTable({ label, head, rows, isNamed = false }: ScrollTableProps) {
  return (
    <Scroll label={label}>
      <table>
        <thead>
          <tr>
            {head.map((cell) => (
              <th key={cell} scope="col">
                {cell}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {rows.map((row, at) => (
            <tr key={at}>
              {row.map((cell, index) =>
                isNamed && index === 0 ? (
                  <th key={head[index]} scope="row">
                    {cell}
                  </th>
                ) : (
                  <td key={head[index]} className="numbers">
                    {cell}
                  </td>
                ),
              )}
            </tr>
          ))}
        </tbody>
      </table>
    </Scroll>
  );
}
