import type { Derivation, Diagnostic } from "../../engine/methods/diagnostics/diagnostic.ts";
import { diagnostics, type MeasurementName } from "../../engine/methods/diagnostics/index.ts";
import { counted } from "../format.ts";
import { counterpart, framesOf, layerValues, type RunRecord } from "../state/runRecord.ts";
import { useLab } from "../state/store.ts";
import { Panel } from "./Panel.tsx";
import { useWidth } from "./useWidth.ts";

const LINE = 20;
const MARGIN = { top: 8, right: 14, bottom: 24, left: 92 };

/** How a value of a layer is drawn, by its place among the columns. */
const marks = ["bar", "disc", "notch"] as const;

/** A panel for every diagnostic that follows from another one's values and is drawn as bars. */
export function BarPanels() {
  return Object.entries<Diagnostic>(diagnostics).map(
    ([name, entry]) => entry.kind === "derivation" && <BarPanel key={name} id={name} entry={entry} />,
  );
}

/** What each layer's update comes to now, a row a layer. */
function BarPanel({ id, entry: { label, from, columns, of } }: { id: string; entry: Derivation }) {
  const { current, ghost } = useLab();
  const values = valuesNow(current, from, of);
  const layers = current?.summary?.layers ?? [];
  const ghostValues = valuesNow(ghost, from, of);
  const before = layers.map((_, layer) => ghostValues[counterpart(current!, ghost, layer) ?? -1]);
  const hasBefore = before.some((each) => each !== undefined);
  const [{ name: first }] = columns;
  const median = (all: number[]) => [...all].sort((a, b) => a - b)[Math.floor(all.length / 2)] ?? 0;
  const middle = median(values.map(([value]) => value!));

  return (
    <Panel
      id={id}
      title={label}
      summary={
        values.length > 0
          ? `The median over ${counted(values.length, "layer", "layers")} is ${middle.toFixed(1)} (${first}).`
          : "Nothing has been measured yet."
      }
      legend={[
        ...columns.map(({ name, means }, at) => ({ mark: marks[at]!, text: means ? `${name}: ${means}` : name })),
        ...(hasBefore ? [{ mark: "ghost", text: `${first}, run before` }] : []),
      ]}
      table={{
        head: ["Layer", ...columns.map(({ name }) => name)],
        rows: values.map((each, index) => [
          layers[index]!.id,
          ...each.map((value) => String(Number(value.toFixed(2)))),
        ]),
      }}
    >
      {values.length === 0 ? (
        <p className="empty">One bar a layer, once it has been measured.</p>
      ) : (
        <Bars
          label={`${label}: ${columns.map(({ name }) => name).join(", ")}.`}
          {...{ values, before, names: layers.map((layer) => layer.id) }}
        />
      )}
    </Panel>
  );
}

interface BarsProps {
  readonly label: string;
  readonly values: readonly (readonly number[])[];
  readonly before: readonly (readonly number[] | undefined)[];
  readonly names: readonly string[];
}

function Bars({ label, values, before, names }: BarsProps) {
  const [ref, width] = useWidth<HTMLDivElement>();
  const height = MARGIN.top + names.length * LINE + MARGIN.bottom;
  const most = Math.max(2, Math.ceil(Math.max(...[...values, ...before].flatMap((each) => each ?? []))));
  const x = (value: number) => MARGIN.left + (value / most) * (width - MARGIN.left - MARGIN.right);
  const ticks = Array.from({ length: most + 1 }, (_, tick) => tick).filter((tick) => tick % Math.ceil(most / 8) === 0);
  return (
    <div ref={ref} className="drawing">
      <svg width={width} height={height} role="img" aria-label={label}>
        {ticks.map((tick) => (
          <g key={tick}>
            <line className="grid" x1={x(tick)} x2={x(tick)} y1={MARGIN.top} y2={height - MARGIN.bottom} />
            <text className="tick" x={x(tick)} y={height - 8} textAnchor="middle">
              {tick}
            </text>
          </g>
        ))}
        {names.map((name, layer) => {
          const y = MARGIN.top + layer * LINE;
          const [bar, disc, notch] = values[layer]!;
          const ghost = before[layer]?.[0];
          return (
            <g key={name}>
              <text className="tick" x={MARGIN.left - 8} y={y + 14} textAnchor="end">
                {name}
              </text>
              <rect
                className="bar"
                x={MARGIN.left}
                y={y + 4}
                width={Math.max(0, x(bar!) - MARGIN.left)}
                height={LINE - 9}
              />
              {ghost !== undefined && (
                <line className="line ghost" x1={x(ghost)} x2={x(ghost)} y1={y + 1} y2={y + LINE - 2} />
              )}
              {disc !== undefined && <circle className="disc" cx={x(disc)} cy={y + 9.5} r={3.5} />}
              {notch !== undefined && <path className="notch" d={`M${x(notch)} ${y + 4}v11`} />}
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
