import { MiniLines } from "../charts/spectrum/MiniLines.tsx";
import { logRange } from "../charts/spectrum/scale.ts";
import { baseline, type Preset } from "../state/presets.ts";
import { typicalLayer } from "../state/rankFacts.ts";
import type { RunRecord } from "../state/runRecord.ts";
import { usedAt } from "./used.ts";
import { useRecorded } from "./useRecorded.ts";

const [WIDTH, HEIGHT] = [320, 72];

/** What was recorded of a preset, in small. */
export function Art({ preset }: { preset: Preset }) {
  const record = useRecorded(preset.id);
  if (!record || record === "failed") return null;
  return preset.shows === "writing" ? writingOf(record) : <Spectrum record={record} />;
}

/** The layer that stands for the others; the method that others are looked at beside has the look that it has above. */
function Spectrum({ record: recorded }: { record: RunRecord }) {
  const record = { ...recorded, look: recorded.config.method === baseline ? 1 : 0 };
  const layer = typicalLayer(record);
  const { low, high } = logRange([[record, layer]]);
  const { steps } = record.config;
  return (
    <>
      <svg viewBox={`0 0 ${WIDTH} ${HEIGHT}`} preserveAspectRatio="none" aria-hidden="true">
        <MiniLines {...{ record, layer, low, high, steps }} width={WIDTH} height={HEIGHT} />
      </svg>
      <p className={`used look-${record.look}`}>
        <span className="visually-hidden">As recorded, a layer uses rank </span>
        {usedAt({ record, layer }).words}
      </p>
    </>
  );
}

/** The first example that training changed, as the model put it before and at the end; else its spectrum. */
function writingOf(record: RunRecord) {
  const at = record.before.findIndex(({ predicted }, each) => predicted !== record.now[each]?.predicted);
  const [before, now] = [record.before[at], record.now[at]];
  if (!before || !now) return <Spectrum record={record} />;
  return (
    <dl className="writing">
      <dt>{before.text}</dt>
      <dd>
        <span>before</span> {before.predicted}
      </dd>
      <dd className="now">
        <span>after</span> {now.predicted}
      </dd>
    </dl>
  );
}
