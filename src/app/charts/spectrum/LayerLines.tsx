import { NUMERICAL_SHARE } from "../../../engine/linalg/ranks.ts";
import { strength } from "../../format.ts";
import { grown } from "../../state/rankFacts.ts";
import { shortName } from "../../state/runNames.ts";
import { framesOf, layerValues } from "../../state/runRecord.ts";
import { decadesAxis, linearAxis } from "../plot/axis.ts";
import { type EndLabel, EndLabels } from "../plot/EndLabels.tsx";
import { Marks } from "../plot/Marks.tsx";
import { Plot, type Reading } from "../plot/Plot.tsx";
import { type Place, pathOf } from "../plot/path.ts";
import { useRoom } from "../plot/useRoom.ts";
import { GuessLine, guessLabel } from "./Guess.tsx";
import { largestOf, logRange } from "./scale.ts";
import type { ShownLayer } from "./view.ts";

/** Subscripts of σ. */
export const sigma = (index: number) => `σ${String(index + 1).replace(/\d/g, (digit) => "₀₁₂₃₄₅₆₇₈₉"[Number(digit)]!)}`;

/** Values of which each has a label of its own. */
const LABELLED = 12;

interface Props {
  readonly shown: readonly ShownLayer[];
  readonly isLog: boolean;
  readonly label: string;
  /** What the axes have room for, where only a part of it is drawn yet. */
  readonly whole?: readonly ShownLayer[];
  /** What stands at the end of a run's lines, where it is not what the lab says of one or of several. */
  readonly endLabel?: (each: ShownLayer) => Pick<EndLabel, "text" | "short">;
  /** How many values of the first run were expected to grow. */
  readonly guessed?: number | undefined;
}

/**
 * One layer's singular values over the steps, of one run or several. What is below a hundredth of the largest value does
 * not count towards the numerical rank: that zone is tinted, and what lies in it is thin.
 */
export function LayerLines({ shown, isLog, label, whole = shown, endLabel, guessed }: Props) {
  const height = useRoom();
  const steps = Math.max(...shown.map(({ record }) => record.config.steps));
  const words = endLabel ?? countedLabel;
  const { low, high } = logRange(whole.map(({ record, layer }) => [record, layer]));
  const largest = Math.max(...whole.map(({ record, layer }) => largestOf(record, layer)));
  const axis = isLog ? decadesAxis(low, high) : linearAxis(0, largest > 0 ? largest : 1);
  const [first] = shown;
  const isAlone = shown.length === 1;
  const measuredAt = framesOf(first!.record).map(({ step }) => step);
  const readings = (step: number): Reading[] =>
    shown.flatMap(({ record, layer }) => {
      const frame = framesOf(record).findLast((each) => each.step <= step);
      if (!frame) return [];
      const values = [...layerValues(record, frame, layer)];
      const most = isAlone ? LABELLED : 3;
      return values.slice(0, most).map((value, at) => ({
        look: record.look,
        name: isAlone ? sigma(at) : `${shortName(record)} ${sigma(at)}`,
        value: strength(value),
      }));
    });

  return (
    <Plot {...{ label, steps, axis, height, measuredAt, readings }} labelWidth={isAlone ? 14 : endLabel ? 23 : 30}>
      {(place) => (
        <>
          {isAlone && <Zone {...first!} place={place} />}
          <Marks record={first!.record} place={place} />
          {shown.map((each) => (
            <Lines key={each.record.id} {...each} place={place} />
          ))}
          {guessed !== undefined && <GuessLine {...first!} guessed={guessed} place={place} />}
          <EndLabels
            labels={[
              ...(isAlone ? labelsOf(first!) : shown.flatMap((each) => groupLabel(each, words))),
              ...(guessed === undefined ? [] : guessLabel(first!, guessed)),
            ]}
            place={place}
          />
        </>
      )}
    </Plot>
  );
}

/** What the words of the zone take, in heights of their letters. */
const ZONE_LABEL = 20;

/** Where values do not count: below a hundredth of the largest. */
function Zone({ record, layer, place }: ShownLayer & { place: Place }) {
  const frames = framesOf(record);
  const bound = frames.map((frame) => [frame.step, NUMERICAL_SHARE * layerValues(record, frame, layer)[0]!] as const);
  if (bound.length < 2) return null;
  const edge = pathOf(bound, place);
  const [start, end] = [place.x(bound[0]![0]), place.x(bound.at(-1)![0])];
  const isSeen = bound.some(([, value]) => place.y(value) < place.bottom - 1.8 * place.em);
  return (
    <g className="uncounted">
      <path className="ground" d={`${edge}L${end} ${place.bottom}L${start} ${place.bottom}Z`} />
      <path className="edge" d={edge} />
      {isSeen && end - start > ZONE_LABEL * place.em && (
        <text x={end - 8} y={place.bottom - 7} textAnchor="end">
          below 1 % of σ₁: not counted as rank
        </text>
      )}
    </g>
  );
}

function Lines({ record, layer, place }: ShownLayer & { place: Place }) {
  const frames = framesOf(record);
  const newest = frames.at(-1);
  if (!newest) return null;
  const values = layerValues(record, newest, layer);
  const counted = grown(values);
  return (
    <g className={`look-${record.look}`}>
      {[...values].map((_, index) => {
        const points = frames.map((frame) => [frame.step, layerValues(record, frame, layer)[index]!] as const);
        const weight = index === 0 ? "first" : index < counted ? "grown" : "small";
        return <path key={index} className={`run-line ${weight}`} d={pathOf(points, place)} />;
      })}
      <circle className="head" cx={place.x(newest.step)} cy={place.y(values[0]!)} r={5} />
    </g>
  );
}

/** A label for each line of a run that is alone. */
function labelsOf({ record, layer }: ShownLayer): EndLabel[] {
  const newest = framesOf(record).at(-1);
  if (!newest) return [];
  const values = [...layerValues(record, newest, layer)].slice(0, LABELLED);
  const counted = grown(values);
  return values.map((value, at) => ({
    look: record.look,
    text: `${sigma(at)} ${strength(value)}`,
    at: [newest.step, value],
    isStrong: at < counted,
  }));
}

/** One label for the lines of a run among others, where its largest value ends. */
function groupLabel(each: ShownLayer, words: NonNullable<Props["endLabel"]>): EndLabel[] {
  const { record, layer } = each;
  const newest = framesOf(record).at(-1);
  if (!newest) return [];
  const [largest = 0] = layerValues(record, newest, layer);
  return [{ look: record.look, ...words(each), at: [newest.step, largest], isStrong: true }];
}

function countedLabel({ record, layer }: ShownLayer) {
  const values = layerValues(record, framesOf(record).at(-1)!, layer);
  const short = `σ₁ ${strength(values[0]!)}`;
  return { text: `${short} · ${grown(values)} of ${values.length} counted`, short };
}
