import { significant } from "../format.ts";
import { layerValues, type RunRecord } from "../runRecord.ts";
import { useWidth } from "./useWidth.ts";

const MARGIN = { top: 56, right: 16, bottom: 26, left: 74 };
const LINE = 21;
const PEAK = 58;

/**
 * Every layer's spectrum now, one ridge a layer, index along the width: the paper's Figure 2, live. Heights are shares
 * of the largest value of the run; the run before is a dashed line on its own share.
 */
export function SpectrumRidges({
  current,
  ghost,
  selected,
  onSelect,
}: {
  current: RunRecord;
  ghost: RunRecord | undefined;
  selected: number;
  onSelect: (layer: number) => void;
}) {
  const [ref, width] = useWidth<HTMLDivElement>();
  const layers = current.summary!.layers;
  const frame = current.frames.at(-1)!;
  const shadowFrame = ghost?.frames.at(-1);
  const shadow = ghost && shadowFrame && ghost.summary?.layers.length === layers.length ? ghost : undefined;
  const largest = Math.max(...frame.values, Number.MIN_VALUE);
  const shadowLargest = shadow ? Math.max(...shadowFrame!.values, Number.MIN_VALUE) : 1;
  const count = Math.max(current.summary!.spectrumSize, shadow?.summary?.spectrumSize ?? 0);
  const height = MARGIN.top + layers.length * LINE + MARGIN.bottom;
  const x = (index: number) => MARGIN.left + ((index + 0.5) / count) * (width - MARGIN.left - MARGIN.right);
  const base = (layer: number) => MARGIN.top + (layer + 1) * LINE;
  const outline = (values: Float32Array, top: number, layer: number) =>
    [...values]
      .map(
        (value, index) =>
          `${index === 0 ? "M" : "L"}${x(index).toFixed(1)} ${(base(layer) - (PEAK * value) / top).toFixed(1)}`,
      )
      .join("");

  return (
    <div ref={ref} className="drawing ridges">
      <svg
        width={width}
        height={height}
        role="img"
        aria-label={`Spectra of ${layers.length} layers at step ${frame.step}; the largest singular value is ${significant(largest)}.`}
      >
        <text className="tick" x={MARGIN.left} y={18}>
          step {frame.step} · tallest: σ₁ = {significant(largest)}
          {shadow && ` · before: ${significant(shadowLargest)}`}
        </text>
        {layers.map(({ id }, layer) => {
          const values = layerValues(current, frame, layer);
          const line = outline(values, largest, layer);
          return (
            // biome-ignore lint/a11y/noStaticElementInteractions: a shortcut for the mouse; the layer list does the same
            <g key={id} className={`ridge ${layer === selected ? "selected" : ""}`} onClick={() => onSelect(layer)}>
              <path className="area" d={`${line}L${x(values.length - 1)} ${base(layer)}L${x(0)} ${base(layer)}Z`} />
              <line className="grid" x1={MARGIN.left - 4} x2={width - MARGIN.right} y1={base(layer)} y2={base(layer)} />
              <path className="line sigma" d={line} />
              {shadow && (
                <path
                  className="line ghost"
                  d={outline(layerValues(shadow, shadowFrame!, layer), shadowLargest, layer)}
                />
              )}
              {[...values].map(
                (value, index) =>
                  value > 0.02 * largest && (
                    <circle
                      key={index}
                      className="dot"
                      cx={x(index)}
                      cy={base(layer) - (PEAK * value) / largest}
                      r={2.2}
                    />
                  ),
              )}
              <text className="tick" x={MARGIN.left - 10} y={base(layer) + 3} textAnchor="end">
                {id}
              </text>
            </g>
          );
        })}
        {Array.from({ length: count }, (_, index) => index)
          .filter((index) => count <= 16 || index % 8 === 0)
          .map((index) => (
            <text key={index} className="tick" x={x(index)} y={height - 6} textAnchor="middle">
              σ{String(index + 1).replace(/\d/g, (digit) => "₀₁₂₃₄₅₆₇₈₉"[Number(digit)]!)}
            </text>
          ))}
      </svg>
    </div>
  );
}
