import { useEffect, useRef } from "react";
import { power } from "../../format.ts";
import { shortName } from "../../state/runNames.ts";
import { framesOf, layerValues, type RunRecord, valuesPerLayer } from "../../state/runRecord.ts";
import { cividis, logRange } from "./scale.ts";
import type { ShownLayer } from "./view.ts";

/** One layer's singular values as colours over step and index; of several runs one below the other, on the same scale. */
export function HeatMap({ shown }: { shown: readonly ShownLayer[] }) {
  const range = logRange(shown.map(({ record, layer }) => [record, layer]));
  return (
    <div className="heat">
      {shown.map(({ record, layer }) => (
        <Frames key={record.id} {...{ record, layer, range }} name={shown.length > 1 ? shortName(record) : ""} />
      ))}
      <p className="scale">
        <span>≤ {power(range.low)}</span>
        <span className="ramp" aria-hidden="true" />
        <span>{power(range.high)}</span>
      </p>
    </div>
  );
}

function Frames({
  record,
  layer,
  range,
  name,
}: {
  record: RunRecord;
  layer: number;
  range: { low: number; high: number };
  name: string;
}) {
  const ref = useRef<HTMLCanvasElement>(null);
  const size = valuesPerLayer(record);
  useEffect(() => {
    const canvas = ref.current;
    const context = canvas?.getContext("2d");
    if (!canvas || !context || framesOf(record).length === 0) return;
    canvas.width = framesOf(record).length;
    canvas.height = size;
    const image = context.createImageData(canvas.width, size);
    framesOf(record).forEach((frame, col) => {
      layerValues(record, frame, layer).forEach((value, row) => {
        const share = value > 0 ? (Math.log10(value) - range.low) / (range.high - range.low) : 0;
        image.data.set([...cividis(share), 255], 4 * (row * canvas.width + col));
      });
    });
    context.putImageData(image, 0, 0);
  }, [record, layer, range.low, range.high, size]);
  const last = framesOf(record).at(-1)?.step ?? 0;
  return (
    <figure>
      <figcaption>
        {name}{" "}
        <span className="numbers">
          index 1 (top) to {size}, steps 0 to {last}
        </span>
      </figcaption>
      <canvas
        ref={ref}
        role="img"
        aria-label={`Heat map of ${size} singular values over ${last} steps${name && `, ${name}`}.`}
      />
    </figure>
  );
}
