import { counted, significant } from "../../format.ts";
import { counterpart, framesOf, layerValues, type RunRecord, valuesPerLayer } from "../../state/runRecord.ts";
import { useWidth } from "../plot/useWidth.ts";
import { sigma } from "./LayerLines.tsx";

/** Between a ridge's peak and the line of the layer above, so that no ridge stands beside another one's label. */
const GAP = 4;

interface Props {
  readonly current: RunRecord;
  readonly others: readonly RunRecord[];
  readonly selected: number;
  readonly onSelect: (layer: number) => void;
}

/**
 * Every layer's spectrum now, one ridge a layer, index along the width: the paper's Figure 2, live. A ridge is as high
 * as its values are shares of that layer's largest, which stands at its end: how it falls off is the rank.
 */
export function Ridges({ current, others, selected, onSelect }: Props) {
  const [ref, width, em] = useWidth<HTMLDivElement>();
  const layers = current.summary!.layers;
  const frame = framesOf(current).at(-1)!;
  const compared = others.filter((other) =>
    layers.some((_, layer) => counterpart(current, other, layer) !== undefined),
  );
  const count = Math.max(valuesPerLayer(current), ...compared.map((other) => valuesPerLayer(other)));
  const longest = Math.max(...layers.map(({ id }) => id.length));
  const margin = { top: 1.7 * em, right: 5.5 * em, bottom: 2 * em, left: (0.62 * longest + 0.5) * em };
  const line = Math.round(Math.max(23, 1.4 * em));
  const peak = line - GAP;
  const height = margin.top + layers.length * line + margin.bottom;
  const x = (index: number) => margin.left + ((index + 0.5) / count) * (width - margin.left - margin.right);
  const base = (layer: number) => margin.top + (layer + 1) * line;
  const middle = (layer: number) => base(layer) - line / 2 + 0.36 * em;
  const outline = (values: Float32Array, layer: number) => {
    const largest = values[0]! > 0 ? values[0]! : 1;
    const point = (value: number, index: number) =>
      `${x(index).toFixed(1)} ${(base(layer) - (peak * value) / largest).toFixed(1)}`;
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
          const curve = outline(values, layer);
          return (
            // biome-ignore lint/a11y/noStaticElementInteractions: a shortcut for the mouse; the layer list does the same
            <g
              key={id}
              className={`ridge look-${current.look} ${layer === selected ? "selected" : ""}`}
              onClick={() => onSelect(layer)}
            >
              <rect className="row" y={base(layer) - line} width={width} height={line} />
              <path className="area" d={`${curve}L${x(values.length - 1)} ${base(layer)}L${x(0)} ${base(layer)}Z`} />
              <line className="grid" x1={0} x2={width} y1={base(layer)} y2={base(layer)} />
              {compared.map((other) => {
                const own = counterpart(current, other, layer);
                if (own === undefined) return null;
                const values = layerValues(other, framesOf(other).at(-1)!, own);
                return (
                  <path key={other.id} className={`run-line grown look-${other.look}`} d={outline(values, layer)} />
                );
              })}
              <path className="run-line grown" d={curve} />
              <text className="tick" x={0} y={middle(layer)}>
                {id}
              </text>
              <text className="tick" x={width - 2} y={middle(layer)} textAnchor="end">
                {significant(values[0]!)}
              </text>
            </g>
          );
        })}
        <text className="tick" x={width - 2} y={margin.top - 0.6 * em} textAnchor="end">
          σ₁
        </text>
        {Array.from({ length: count }, (_, index) => index)
          .filter((index) => count <= 16 || index % 8 === 0)
          .map((index) => (
            <text key={index} className="tick" x={x(index)} y={height - 0.5 * em} textAnchor="middle">
              {sigma(index)}
            </text>
          ))}
      </svg>
    </div>
  );
}
