import { framesOf, layerValues } from "../../state/runRecord.ts";
import type { EndLabel } from "../plot/EndLabels.tsx";
import { type Place, pathOf } from "../plot/path.ts";
import type { ShownLayer } from "./view.ts";

/** Colour of what the visitor expected, which is no run's. */
const LOOK = 5;

/** Between the last value that was expected to grow and the next: [step, value], in the middle by ratio. */
function boundary({ record, layer }: ShownLayer, guessed: number): readonly (readonly [number, number])[] {
  return framesOf(record).map((frame) => {
    const values = layerValues(record, frame, layer);
    const last = values[Math.min(guessed, values.length) - 1]!;
    return [frame.step, Math.sqrt(last * (values[guessed] ?? last))] as const;
  });
}

/** The guess as a line: what lies above it was expected to grow. */
export function GuessLine({ guessed, place, ...shown }: ShownLayer & { guessed: number; place: Place }) {
  return <path className={`guess look-${LOOK}`} d={pathOf(boundary(shown, guessed), place)} />;
}

export function guessLabel(shown: ShownLayer, guessed: number): EndLabel[] {
  const end = boundary(shown, guessed).at(-1);
  return end
    ? [{ look: LOOK, text: `your guess: ${guessed}`, short: `guess ${guessed}`, at: end, isStrong: true }]
    : [];
}
