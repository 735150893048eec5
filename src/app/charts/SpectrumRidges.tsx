import { counted, significant } from "../format.ts";
import { counterpart, layerValues, type RunRecord } from "../runRecord.ts";
import { useWidth } from "./useWidth.ts";

const MARGIN = { top: 40, right: 78, bottom: 26, left: 92 };
const LINE = 23;
/** Ridges reach over their neighbours a little, as in the paper's figure. */
const PEAK = 38;

interface Props {
  readonly current: RunRecord;
  readonly ghost: RunRecord | undefined;
  readonly selected: number;
  readonly onSelect: (layer: number) => void;
}

/**
 * Every layer's spectrum now, one ridge a layer, index along the width: the paper's Figure 2, live. A ridge is as high
 * as its values are shares of that layer's largest, which stands at its end: how it falls off is the rank.
 */
export function SpectrumRidges({ current, ghost, selected, onSelect }: Props) {
  const [ref, width] = useWidth<HTMLDivElement>();
  const layers = current.summary!.layers;
  const frame = current.frames.at(-1)!;
  const shadowFrame = ghost?.frames.at(-1);
  const shadowLayers = layers.map((_, layer) => counterpart(current, ghost, layer));
  const hasShadow = shadowLayers.some((layer) => layer !== undefined);
  const count = Math.max(current.summary!.spectrumSize, hasShadow ? ghost!.summary!.spectrumSize : 0);
  const height = MARGIN.top + layers.length * LINE + MARGIN.bottom;
  const x = (index: number) => MARGIN.left + ((index + 0.5) / count) * (width - MARGIN.left - MARGIN.right);
  const base = (layer: number) => MARGIN.top + (layer + 1) * LINE;
  const outline = (values: Float32Array, layer: number) => {
    const largest = values[0]! > 0 ? values[0]! : 1;
    const point = (value: number, index: number) =>
      `${x(index).toFixed(1)} ${(base(layer) - (PEAK * value) / largest).toFixed(1)}`;
    return `M${[...values].map(point).join("L")}`;
  };

  return (
    <div ref={ref} className="drawing ridges">
      <svg
        width={width}
        height={height}
        role="img"
        aria-label={`Spectra of ${counted(layers.length, "layer", "layers")} at step ${frame.step}, each as shares of its largest value.`}
      >
        {layers.map(({ id }, layer) => {
          const values = layerValues(current, frame, layer);
          const line = outline(values, layer);
          const shadowLayer = shadowLayers[layer];
          return (
            // biome-ignore lint/a11y/noStaticElementInteractions: a shortcut for the mouse; the layer list does the same
            <g key={id} className={`ridge ${layer === selected ? "selected" : ""}`} onClick={() => onSelect(layer)}>
              <path className="area" d={`${line}L${x(values.length - 1)} ${base(layer)}L${x(0)} ${base(layer)}Z`} />
              <line className="grid" x1={MARGIN.left - 4} x2={width - MARGIN.right} y1={base(layer)} y2={base(layer)} />
              {shadowLayer !== undefined && (
                <path className="line ghost" d={outline(layerValues(ghost!, shadowFrame!, shadowLayer), layer)} />
              )}
              <path className="line sigma" d={line} />
              <text className="tick" x={MARGIN.left - 10} y={base(layer) + 3} textAnchor="end">
                {id}
              </text>
              <text className="tick" x={width - 2} y={base(layer) + 3} textAnchor="end">
                {significant(values[0]!)}
              </text>
            </g>
          );
        })}
        <text className="tick" x={width - 2} y={MARGIN.top - 8} textAnchor="end">
          σ₁
        </text>
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
