import { memo } from "react";
import { counted } from "../../format.ts";
import { showWhole } from "../../showWhole.ts";
import { COLLAPSED, effectiveRanks } from "../../state/rankFacts.ts";
import { shortName } from "../../state/runNames.ts";
import { counterpart, framesOf, type RunRecord } from "../../state/runRecord.ts";
import { lab } from "../../state/store.ts";
import { ChartCard } from "../card/ChartCard.tsx";
import { layerTable } from "./grid.ts";
import { LayerTable } from "./LayerTable.tsx";
import { MiniLines } from "./MiniLines.tsx";
import { logRange } from "./scale.ts";
import { useSlow } from "./useSlow.ts";

/** Milliseconds between two drawings of all layers, which nobody reads point by point. */
const DRAW_EVERY = 500;
const [WIDTH, HEIGHT] = [60, 30];

interface Props {
  readonly runs: readonly RunRecord[];
  readonly selected: number;
}

/** All layers as small charts on the same axes, blocks by kinds of matrix, each with its effective rank. */
export function LayerGrid({ runs: latest, selected }: Props) {
  const runs = useSlow(latest, DRAW_EVERY);
  const [current] = runs;
  const layers = current?.summary?.layers ?? [];
  const newest = framesOf(current).at(-1);
  if (!current || !newest || layers.length === 0) return null;
  const ranks = effectiveRanks(current, newest);
  const collapsed = ranks.filter((rank) => rank < COLLAPSED).length;
  const { blocks, kinds, at } = layerTable(layers.map(({ id }) => id));
  const range = logRange(
    runs.flatMap((run) => layers.map((_, layer) => [run, counterpart(current, run, layer)] as const)),
  );
  const steps = Math.max(...runs.map(({ config }) => config.steps));
  const about = runs.length > 1 ? "effective rank of each run" : `${collapsed} collapsed below rank ${COLLAPSED}`;
  const cellOf = (layer: number | undefined) =>
    layer !== undefined && (
      <Cell
        id={layers[layer]!.id}
        layer={layer}
        isSelected={layer === selected}
        found={ranksIn(runs, current, layer)}
        low={range.low}
        high={range.high}
        steps={steps}
      />
    );

  return (
    <ChartCard
      id="layers"
      title={`All ${counted(layers.length, "layer", "layers")}`}
      about={about}
      className="layers"
      summary={`Effective rank by layer: ${layers.map(({ id }, layer) => `${id} ${ranks[layer]!.toFixed(1)}`).join(", ")}.`}
      table={() => ({
        head: ["Layer", ...runs.map((run) => `Effective rank, ${shortName(run)}`)],
        rows: layers.map(({ id }, layer) => [
          id,
          ...ranksIn(runs, current, layer).map((each) => each?.rank.toFixed(3) ?? ""),
        ]),
      })}
      tools={
        <span className="key-hint">
          <kbd>[</kbd> <kbd>]</kbd> next layer
        </span>
      }
    >
      <div className="scroll grid-scroll">
        <LayerTable
          className="layer-grid"
          caption="Effective rank by block and kind of matrix"
          kinds={kinds}
          rows={blocks.map((block) => ({ block, cells: kinds.map((kind) => cellOf(at(block, kind))) }))}
        />
      </div>
    </ChartCard>
  );
}

interface Found {
  readonly record: RunRecord;
  readonly layer: number;
  readonly rank: number;
}

/** Where a layer of the current run stands in each run, with its effective rank there. */
function ranksIn(runs: readonly RunRecord[], current: RunRecord, layer: number): (Found | undefined)[] {
  return runs.map((record) => {
    const own = record === current ? layer : counterpart(current, record, layer);
    const frame = framesOf(record).at(-1);
    return own === undefined || !frame ? undefined : { record, layer: own, rank: effectiveRanks(record, frame)[own]! };
  });
}

interface CellProps {
  readonly id: string;
  readonly layer: number;
  readonly isSelected: boolean;
  readonly found: readonly (Found | undefined)[];
  readonly low: number;
  readonly high: number;
  readonly steps: number;
}

/** One layer: its lines, and its effective rank in each run. */
const Cell = memo(
  function Cell({ id, layer, isSelected, found, low, high, steps }: CellProps) {
    const runs = found.filter((each) => each !== undefined);
    const isAlone = runs.length === 1;
    const state = isAlone ? (runs[0]!.rank < COLLAPSED ? "collapsed" : "spread") : "several";
    const words = runs.map(
      ({ record, rank }) => `${isAlone ? "" : `${shortName(record)} `}effective rank ${rank.toFixed(1)}`,
    );
    return (
      <button
        type="button"
        className={`layer-cell ${state} look-${runs[0]?.record.look ?? 0}`}
        aria-pressed={isSelected}
        aria-label={`${id}: ${words.join(", ")}`}
        onClick={() => lab.showLayer(layer)}
        onFocus={showWhole}
      >
        <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} aria-hidden="true" preserveAspectRatio="none">
          {runs.toReversed().map((each) => (
            <MiniLines key={each.record.id} {...each} {...{ low, high, steps }} width={WIDTH} height={HEIGHT} />
          ))}
        </svg>
        <span className="numerals">
          {runs.map(({ record, rank }) => (
            <b key={record.id} className={`look-${record.look}`}>
              {rank.toFixed(1)}
            </b>
          ))}
        </span>
      </button>
    );
  },
  (a, b) =>
    a.isSelected === b.isSelected &&
    a.low === b.low &&
    a.high === b.high &&
    a.steps === b.steps &&
    a.found.length === b.found.length &&
    a.found.every((each, at) => framesOf(each?.record) === framesOf(b.found[at]?.record)),
);
