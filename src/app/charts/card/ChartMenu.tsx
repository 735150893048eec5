import { Ellipsis } from "lucide-react";
import { type RefObject, useEffect, useRef, useState } from "react";
import { ScrollTable } from "../../Scroll.tsx";
import { save } from "../../saveFile.ts";
import { savePng, saveSvg } from "./picture.ts";
import { type ChartTable, csvOf, thinned } from "./table.ts";

/** Rows that a table on the page has at most. */
const ROWS = 500;

interface ChartMenuProps {
  readonly title: string;
  /** Over pictures in files. */
  readonly caption: string;
  /** What files are called. */
  readonly name: string;
  readonly card: RefObject<HTMLElement | null>;
  readonly table: () => ChartTable;
}

/** What can be done with a chart: its numbers as a table or a file, a picture of it, the whole screen. */
export function ChartMenu({ title, caption, name, card, table }: ChartMenuProps) {
  const [isOpen, setOpen] = useState(false);
  const [shown, setShown] = useState<ChartTable>();
  const menu = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  useEffect(() => {
    if (!isOpen) return;
    const leave = ({ target }: Event) => !menu.current?.contains(target as Node) && setOpen(false);
    const onKey = ({ key }: KeyboardEvent) => {
      if (key !== "Escape") return;
      setOpen(false);
      button.current?.focus();
    };
    document.addEventListener("keydown", onKey);
    document.addEventListener("pointerdown", leave);
    document.addEventListener("focusin", leave);
    return () => {
      document.removeEventListener("keydown", onKey);
      document.removeEventListener("pointerdown", leave);
      document.removeEventListener("focusin", leave);
    };
  }, [isOpen]);
  const drawing = () => card.current?.querySelector<SVGSVGElement>(".plot svg, .drawing svg");
  const choose = (act: () => unknown) => () => {
    setOpen(false);
    button.current?.focus();
    act();
  };
  const withDrawing = (act: (drawing: SVGSVGElement) => unknown) =>
    choose(() => {
      const found = drawing();
      if (found) act(found);
    });

  return (
    <div className="chart-menu" ref={menu}>
      <button type="button" className="icon" ref={button} aria-expanded={isOpen} onClick={() => setOpen(!isOpen)}>
        <Ellipsis aria-hidden="true" />
        <span className="visually-hidden">{title}: table, pictures, full screen</span>
      </button>
      {isOpen && (
        <ul>
          <li>
            <button type="button" onClick={choose(() => setShown(table()))}>
              View as table
            </button>
          </li>
          {drawing() && (
            <>
              <li>
                <button type="button" onClick={withDrawing((svg) => savePng(svg, caption, name))}>
                  Save as PNG
                </button>
              </li>
              <li>
                <button type="button" onClick={withDrawing((svg) => saveSvg(svg, caption, name))}>
                  Save as SVG
                </button>
              </li>
            </>
          )}
          <li>
            <button
              type="button"
              onClick={choose(() =>
                save({ name: `${name}.csv`, content: new Blob([csvOf(table())], { type: "text/csv" }) }),
              )}
            >
              Save as CSV
            </button>
          </li>
          <li>
            <button type="button" onClick={choose(() => card.current?.requestFullscreen())}>
              Full screen
            </button>
          </li>
        </ul>
      )}
      {shown && <TableDialog title={title} table={shown} onClose={() => setShown(undefined)} />}
    </div>
  );
}

function TableDialog({ title, table, onClose }: { title: string; table: ChartTable; onClose: () => void }) {
  const dialog = useRef<HTMLDialogElement>(null);
  useEffect(() => dialog.current?.showModal(), []);
  const { head, rows } = thinned(table, ROWS);
  return (
    <dialog ref={dialog} className="table-dialog" aria-label={`${title} as a table`} onClose={onClose}>
      <div className="panel-head">
        <h2>{title}</h2>
        <button type="button" onClick={onClose}>
          Close
        </button>
      </div>
      {rows.length < table.rows.length && (
        <p className="hint">
          {rows.length} of {table.rows.length} rows; the CSV has all.
        </p>
      )}
      <ScrollTable label={`${title} as a table`} head={head} rows={rows} />
    </dialog>
  );
}
