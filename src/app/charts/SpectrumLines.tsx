import { power } from "../format.ts";
import { counterpart, framesOf, layerValues, type RunRecord, valuesPerLayer } from "../state/runRecord.ts";
import { logRange } from "./spectrumScale.ts";
import { useWidth } from "./useWidth.ts";

const HEIGHT = 320;
const MARGIN = { top: 12, right: 34, bottom: 28, left: 44 };

/** One layer's singular values over the steps, on a logarithmic scale; the run before is dashed. */
export function SpectrumLines({
  current,
  ghost,
  layer,
}: {
  current: RunRecord;
  ghost: RunRecord | undefined;
  layer: number;
}) {
  const [ref, width] = useWidth<HTMLDivElement>();
  const shadowLayer = counterpart(current, ghost, layer);
  const shadow = shadowLayer === undefined ? undefined : ghost;
  const { low, high } = logRange([
    [current, layer],
    [shadow, shadowLayer],
  ]);
  const lastStep = Math.max(framesOf(current).at(-1)?.step ?? 1, framesOf(shadow).at(-1)?.step ?? 1);
  const x = (step: number) => MARGIN.left + (step / lastStep) * (width - MARGIN.left - MARGIN.right);
  const y = (value: number) => {
    const share = (Math.log10(Math.max(value, 10 ** low)) - low) / (high - low);
    return HEIGHT - MARGIN.bottom - share * (HEIGHT - MARGIN.top - MARGIN.bottom);
  };
  const paths = (record: RunRecord, own: number) =>
    Array.from({ length: valuesPerLayer(record) }, (_, index) =>
      framesOf(record)
        .map(
          (frame, at) =>
            `${at === 0 ? "M" : "L"}${x(frame.step).toFixed(1)} ${y(layerValues(record, frame, own)[index]!).toFixed(1)}`,
        )
        .join(""),
    );
  const latest = framesOf(current).at(-1)!;
  const decades = Array.from({ length: high - low + 1 }, (_, index) => low + index);

  return (
    <div ref={ref} className="drawing">
      <svg
        width={width}
        height={HEIGHT}
        role="img"
        aria-label={`Singular values of layer ${current.summary!.layers[layer]?.id} over ${lastStep} steps, logarithmic.`}
      >
        {decades.map((decade) => (
          <g key={decade}>
            <line
              className="grid"
              x1={MARGIN.left}
              x2={width - MARGIN.right}
              y1={y(10 ** decade)}
              y2={y(10 ** decade)}
            />
            <text className="tick" x={MARGIN.left - 6} y={y(10 ** decade) + 4} textAnchor="end">
              {power(decade)}
            </text>
          </g>
        ))}
        {[0, lastStep / 2, lastStep].map((step) => (
          <text key={step} className="tick" x={x(step)} y={HEIGHT - 8} textAnchor="middle">
            {Math.round(step)}
          </text>
        ))}
        {shadow &&
          paths(shadow, shadowLayer!).map((path, index) => (
            <path key={`ghost ${index}`} className="line ghost" d={path} />
          ))}
        {paths(current, layer).map((path, index) => (
          <path
            key={index}
            className="line sigma"
            style={{ opacity: 1 - (0.6 * index) / Math.max(1, valuesPerLayer(current) - 1) }}
            d={path}
          />
        ))}
        <text className="tick strong" x={x(latest.step) + 4} y={y(layerValues(current, latest, layer)[0]!) + 4}>
          σ₁
        </text>
      </svg>
    </div>
  );
}
