import type { Derivation, Diagnostic } from "../../../engine/methods/diagnostics/diagnostic.ts";
import { diagnostics, type MeasurementName } from "../../../engine/methods/diagnostics/index.ts";
import { counted } from "../../format.ts";
import { median } from "../../state/rankFacts.ts";
import { shortName } from "../../state/runNames.ts";
import { counterpart, framesOf, layerValues, type RunRecord } from "../../state/runRecord.ts";
import { ChartCard } from "../card/ChartCard.tsx";
import { useWidth } from "../plot/useWidth.ts";

/** Heights and margins in letters. */
const LINE = 1.55;
const MARGIN = { top: 0.6, right: 1.1, bottom: 1.9, left: 7.1 } as const;

/** How a value of a layer is drawn, by its place among the columns. */
const marks = ["bar", "disc", "notch"] as const;

/** A panel for every diagnostic that follows from another one's values and is drawn as bars. */
export function BarPanels({ runs }: { runs: readonly RunRecord[] }) {
  return Object.entries<Diagnostic>(diagnostics).map(
    ([name, entry]) => entry.kind === "derivation" && <BarPanel key={name} id={name} entry={entry} runs={runs} />,
  );
}

interface Props {
  readonly id: string;
  readonly entry: Derivation;
  readonly runs: readonly RunRecord[];
}

/** What each layer's update comes to now, a row a layer; of other runs the first value alone. */
function BarPanel({ id, entry: { label, from, columns, of }, runs }: Props) {
  const [current, ...others] = runs;
  const values = valuesNow(current, from, of);
  const layers = current?.summary?.layers ?? [];
  const beside = others.map((other) => ({
    look: other.look,
    name: shortName(other),
    firsts: layers.map((_, layer) => valuesNow(other, from, of)[counterpart(current!, other, layer) ?? -1]?.[0]),
  }));
  const [{ name: first }] = columns;
  const middle = values.length > 0 ? median(values.map(([value]) => value!)) : 0;

  return (
    <ChartCard
      id={id}
      title={label}
      summary={
        values.length > 0
          ? `The median over ${counted(values.length, "layer", "layers")} is ${middle.toFixed(1)} (${first}).`
          : "Nothing has been measured yet."
      }
      table={
        values.length > 0
          ? () => ({
              head: ["Layer", ...columns.map(({ name }) => name)],
              rows: values.map((each, index) => [layers[index]!.id, ...each.map(String)]),
            })
          : undefined
      }
    >
      {values.length === 0 ? (
        <p className="empty">One bar a layer, once it has been measured.</p>
      ) : (
        <>
          <Bars
            label={`${label}: ${columns.map(({ name }) => name).join(", ")}.`}
            {...{ values, beside, look: current!.look, names: layers.map((layer) => layer.id) }}
          />
          <Legend
            entries={[
              ...columns.map(({ name, means }, at) => ({ mark: marks[at]!, text: means ? `${name}: ${means}` : name })),
              ...beside.map(({ look, name }) => ({ mark: `beside look-${look}`, text: `${first}, ${name}` })),
            ]}
          />
        </>
      )}
    </ChartCard>
  );
}

function Legend({ entries }: { entries: readonly { readonly mark: string; readonly text: string }[] }) {
  return (
    <ul className="legend">
      {entries.map(({ mark, text }) => (
        <li key={text}>
          <svg className={`mark ${mark}`} viewBox="0 0 28 8" aria-hidden="true">
            <line x1="1" y1="4" x2="27" y2="4" />
          </svg>
          {text}
        </li>
      ))}
    </ul>
  );
}

interface BarsProps {
  readonly label: string;
  readonly values: readonly (readonly number[])[];
  readonly look: number;
  readonly beside: readonly { readonly look: number; readonly firsts: readonly (number | undefined)[] }[];
  readonly names: readonly string[];
}

function Bars({ label, look, values, beside, names }: BarsProps) {
  const [ref, width, em] = useWidth<HTMLDivElement>();
  const line = Math.round(LINE * em);
  const [top, right, bottom] = [MARGIN.top * em, MARGIN.right * em, MARGIN.bottom * em];
  const left = Math.ceil(Math.min(MARGIN.left * em, 0.45 * width));
  const height = top + names.length * line + bottom;
  const most = Math.max(
    2,
    Math.ceil(Math.max(...values.flat(), ...beside.flatMap(({ firsts }) => firsts.flatMap((each) => each ?? [])))),
  );
  const x = (value: number) => left + (value / most) * (width - left - right);
  const ticks = Array.from({ length: most + 1 }, (_, tick) => tick).filter((tick) => tick % Math.ceil(most / 8) === 0);
  return (
    <div ref={ref} className="drawing">
      <svg width={width} height={height} role="img" aria-label={label}>
        {ticks.map((tick) => (
          <g key={tick}>
            <line className="grid" x1={x(tick)} x2={x(tick)} y1={top} y2={height - bottom} />
            <text className="tick" x={x(tick)} y={height - 0.6 * em} textAnchor="middle">
              {tick}
            </text>
          </g>
        ))}
        {names.map((name, layer) => {
          const y = top + layer * line;
          const [bar, disc, notch] = values[layer]!;
          return (
            <g key={name} className={`look-${look}`}>
              <text className="tick" x={left - 8} y={y + line / 2 + 0.32 * em} textAnchor="end">
                {name}
              </text>
              <rect className="bar" x={left} y={y + 4} width={Math.max(0, x(bar!) - left)} height={line - 9} />
              {beside.map(({ look: other, firsts }) => {
                const value = firsts[layer];
                if (value === undefined) return null;
                return (
                  <line
                    key={other}
                    className={`beside look-${other}`}
                    x1={x(value)}
                    x2={x(value)}
                    y1={y + 1}
                    y2={y + line - 2}
                  />
                );
              })}
              {disc !== undefined && <circle className="disc" cx={x(disc)} cy={y + line / 2 - 0.5} r={3.5} />}
              {notch !== undefined && <path className="notch" d={`M${x(notch)} ${y + 4}v${line - 9}`} />}
            </g>
          );
        })}
      </svg>
    </div>
  );
}

/** Values of every layer at the newest measurement. */
function valuesNow(record: RunRecord | undefined, from: string, of: Derivation["of"]): number[][] {
  const measured = from as MeasurementName;
  const frame = framesOf(record, measured).at(-1);
  if (!record || !frame) return [];
  return (record.summary?.layers ?? []).map((_, layer) => of(layerValues(record, frame, layer, measured)));
}
