import { counted, significant } from "../../format.ts";
import { counterpart, framesOf, layerValues, type RunRecord, valuesPerLayer } from "../../state/runRecord.ts";
import { useWidth } from "../plot/useWidth.ts";
import { sigma } from "./LayerLines.tsx";
import { ridgeArea, ridgeLine, ridgePlaces, ridgePoints } from "./ridgeShape.ts";

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
  const places = ridgePlaces(layers.length, count, width, (0.62 * longest + 0.5) * em, em);
  const { line, height, foot, letters, x } = places;

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
          const points = ridgePoints(values, layer, places);
          return (
            // biome-ignore lint/a11y/noStaticElementInteractions: a shortcut for the mouse; the layer list does the same
            <g
              key={id}
              className={`ridge look-${current.look} ${layer === selected ? "selected" : ""}`}
              onClick={() => onSelect(layer)}
            >
              <rect className="row" y={foot(layer) - line} width={width} height={line} />
              <path className="area" d={ridgeArea(points, foot(layer))} />
              <line className="grid" x1={0} x2={width} y1={foot(layer)} y2={foot(layer)} />
              {compared.map((other) => {
                const own = counterpart(current, other, layer);
                if (own === undefined) return null;
                const theirs = ridgePoints(layerValues(other, framesOf(other).at(-1)!, own), layer, places);
                return <path key={other.id} className={`run-line grown look-${other.look}`} d={ridgeLine(theirs)} />;
              })}
              <path className="run-line grown" d={ridgeLine(points)} />
              <text className="tick" x={0} y={letters(layer)}>
                {id}
              </text>
              <text className="tick" x={width - 2} y={letters(layer)} textAnchor="end">
                {significant(values[0]!)}
              </text>
            </g>
          );
        })}
        <text className="tick" x={width - 2} y={1.1 * em} textAnchor="end">
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
