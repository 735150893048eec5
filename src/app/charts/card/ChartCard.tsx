import { type ReactNode, useRef } from "react";
import { ChartMenu } from "./ChartMenu.tsx";
import type { ChartTable } from "./table.ts";

interface ChartCardProps {
  readonly id: string;
  readonly title: string;
  /** What stands over pictures of it in files, which leave the page's words behind; the title, if not given. */
  readonly caption?: string | undefined;
  /** Beside the title, smaller. */
  readonly about?: ReactNode;
  /** What the chart shows, in a sentence, for those who cannot see it. */
  readonly summary: string;
  readonly tools?: ReactNode;
  readonly note?: ReactNode;
  /** Every number that the chart is drawn from, made when asked for; without it there is nothing to see yet. */
  readonly table?: (() => ChartTable) | undefined;
  readonly className?: string;
  /** Above the title. */
  readonly lead?: ReactNode;
  readonly children: ReactNode;
}

/** The frame of a chart: title, tools, a sentence, and a menu with its numbers and pictures. */
export function ChartCard({
  id,
  title,
  caption = title,
  about,
  summary,
  tools,
  note,
  table,
  className = "",
  lead,
  children,
}: ChartCardProps) {
  const card = useRef<HTMLElement>(null);
  return (
    <section className={`panel ${className}`} aria-labelledby={id} ref={card}>
      {lead}
      <div className="panel-head">
        <h2 id={id}>{title}</h2>
        {about && <span className="about">{about}</span>}
        <div className="tools">
          {tools}
          {table && <ChartMenu title={title} caption={caption} name={`rankscope-${id}`} card={card} table={table} />}
        </div>
      </div>
      <p className="visually-hidden">{summary}</p>
      {children}
      {note && <p className="note">{note}</p>}
    </section>
  );
}
