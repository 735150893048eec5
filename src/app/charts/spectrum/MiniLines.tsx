import { framesOf, layerValues, type RunRecord } from "../../state/runRecord.ts";
import { decadesAxis, shareOf } from "../plot/axis.ts";
import { pathOf, sampled } from "../plot/path.ts";

const POINTS = 40;
const LINES = 8;

interface Props {
  readonly record: RunRecord;
  readonly layer: number;
  /** Powers of ten at the bottom and the top. */
  readonly low: number;
  readonly high: number;
  readonly steps: number;
  /** Of the drawing, in its own units. */
  readonly width: number;
  readonly height: number;
}

/** A layer's largest singular values over the steps, small and without axes. */
export function MiniLines({ record, layer, low, high, steps, width, height }: Props) {
  const frames = framesOf(record);
  const axis = decadesAxis(low, high);
  const place = {
    x: (step: number) => (step / steps) * width,
    y: (value: number) => 1 + (1 - shareOf(axis, value)) * (height - 2),
  };
  const chosen = sampled(frames.length, POINTS).map((at) => frames[at]!);
  const count = Math.min(LINES, layerValues(record, frames.at(-1)!, layer).length);
  return (
    <g className={`mini look-${record.look}`}>
      {Array.from({ length: count }, (_, index) => (
        <path
          key={index}
          className={index === 0 ? "first" : undefined}
          d={pathOf(
            chosen.map((frame) => [frame.step, layerValues(record, frame, layer)[index]!] as const),
            place,
          )}
        />
      ))}
    </g>
  );
}
