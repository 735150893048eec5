import type { FieldName } from "../../../engine/settings/config.ts";

/** The values that a slider passes, from left to right. */
interface Scale {
  readonly values: readonly number[];
  /** What stands below it. */
  readonly marks: readonly string[];
}

const rates = [-5, -4, -3, -2].flatMap((decade) => [1, 2, 3, 5].map((factor) => Number(`${factor}e${decade}`)));

/** Settings that are chosen on a scale; the number beside it takes any value. */
export const sliders: Readonly<Partial<Record<FieldName, Scale>>> = {
  rank: { values: [1, 2, 4, 8, 16, 32, 64], marks: ["1", "2", "4", "8", "16", "32", "64"] },
  learningRate: { values: [...rates, 0.1], marks: ["10⁻⁵", "10⁻⁴", "10⁻³", "10⁻²", "0.1"] },
};

interface SliderProps {
  readonly scale: Scale;
  readonly value: number;
  readonly onChange: (value: number) => void;
}

/** A hand's way to a number whose field stands beside it: keys and screen readers have the field alone. */
export function Slider({ scale: { values, marks }, value, onChange }: SliderProps) {
  const nearest = values.reduce((best, each, at) => (far(each, value) < far(values[best]!, value) ? at : best), 0);
  return (
    <div className="slider" aria-hidden="true">
      <input
        type="range"
        tabIndex={-1}
        min={0}
        max={values.length - 1}
        value={nearest}
        onChange={(event) => onChange(values[Number(event.target.value)]!)}
      />
      <span className="marks">
        {marks.map((mark) => (
          <span key={mark}>{mark}</span>
        ))}
      </span>
    </div>
  );
}

const far = (a: number, b: number) => Math.abs(Math.log(a) - Math.log(b > 0 ? b : 1e-12));
