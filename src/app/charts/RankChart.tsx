import { NUMERICAL_SHARE, type Ranks, ranksOf } from "../../engine/methods/diagnostics/ranks.ts";
import { counted } from "../format.ts";
import { counterpart, framesOf, layerValues, type RunRecord } from "../state/runRecord.ts";
import { useLab } from "../state/store.ts";
import { Panel } from "./Panel.tsx";
import { useWidth } from "./useWidth.ts";

const LINE = 20;
const MARGIN = { top: 8, right: 14, bottom: 24, left: 92 };

/** How many dimensions each layer's update uses now, by three measures. */
export function RankChart() {
  const { current, ghost } = useLab();
  const ranks = ranksNow(current);
  const layers = current?.summary?.layers ?? [];
  const ghostRanks = ranksNow(ghost);
  const before = layers.map((_, layer) => ghostRanks[counterpart(current!, ghost, layer) ?? -1]);
  const hasBefore = before.some((each) => each !== undefined);
  const median = (values: number[]) => [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;
  const middle = median(ranks.map(({ effective }) => effective));
  const summary =
    ranks.length > 0
      ? `The median effective rank over ${counted(ranks.length, "layer", "layers")} is ${middle.toFixed(1)}.`
      : "No spectrum has been measured yet.";

  return (
    <Panel
      id="ranks"
      title="Rank of each update"
      summary={summary}
      legend={[
        { mark: "effective", text: "effective: exp of the entropy of σ" },
        { mark: "stable", text: "stable: ‖ΔW‖² / σ₁²" },
        { mark: "numerical", text: `numerical: σ above ${100 * NUMERICAL_SHARE} % of σ₁` },
        ...(hasBefore ? [{ mark: "ghost", text: "effective, run before" }] : []),
      ]}
      table={{
        head: ["Layer", "Effective", "Stable", "Numerical"],
        rows: ranks.map((each, index) => [
          layers[index]!.id,
          each.effective.toFixed(2),
          each.stable.toFixed(2),
          String(each.numerical),
        ]),
      }}
    >
      {ranks.length === 0 ? (
        <p className="empty">One bar a layer, once a spectrum has been measured.</p>
      ) : (
        <Bars ranks={ranks} before={before} names={layers.map(({ id }) => id)} />
      )}
    </Panel>
  );
}

function Bars({
  ranks,
  before,
  names,
}: {
  ranks: readonly Ranks[];
  before: readonly (Ranks | undefined)[];
  names: readonly string[];
}) {
  const [ref, width] = useWidth<HTMLDivElement>();
  const height = MARGIN.top + names.length * LINE + MARGIN.bottom;
  const most = Math.max(
    2,
    Math.ceil(
      Math.max(...[...ranks, ...before].flatMap((each) => (each ? [each.effective, each.stable, each.numerical] : []))),
    ),
  );
  const x = (rank: number) => MARGIN.left + (rank / most) * (width - MARGIN.left - MARGIN.right);
  const ticks = Array.from({ length: most + 1 }, (_, rank) => rank).filter((rank) => rank % Math.ceil(most / 8) === 0);
  return (
    <div ref={ref} className="drawing">
      <svg
        width={width}
        height={height}
        role="img"
        aria-label={`Effective, stable and numerical rank of ${counted(names.length, "layer", "layers")}.`}
      >
        {ticks.map((rank) => (
          <g key={rank}>
            <line className="grid" x1={x(rank)} x2={x(rank)} y1={MARGIN.top} y2={height - MARGIN.bottom} />
            <text className="tick" x={x(rank)} y={height - 8} textAnchor="middle">
              {rank}
            </text>
          </g>
        ))}
        {names.map((name, layer) => {
          const y = MARGIN.top + layer * LINE;
          const own = ranks[layer]!;
          const other = before[layer];
          return (
            <g key={name}>
              <text className="tick" x={MARGIN.left - 8} y={y + 14} textAnchor="end">
                {name}
              </text>
              <rect
                className="effective"
                x={MARGIN.left}
                y={y + 4}
                width={Math.max(0, x(own.effective) - MARGIN.left)}
                height={LINE - 9}
              />
              {other && (
                <line
                  className="line ghost"
                  x1={x(other.effective)}
                  x2={x(other.effective)}
                  y1={y + 1}
                  y2={y + LINE - 2}
                />
              )}
              <circle className="stable" cx={x(own.stable)} cy={y + 9.5} r={3.5} />
              <path className="numerical" d={`M${x(own.numerical)} ${y + 4}v11`} />
            </g>
          );
        })}
      </svg>
    </div>
  );
}

function ranksNow(record: RunRecord | undefined): Ranks[] {
  const frame = framesOf(record).at(-1);
  if (!record || !frame) return [];
  return (record.summary?.layers ?? []).map((_, layer) => ranksOf(layerValues(record, frame, layer)));
}
