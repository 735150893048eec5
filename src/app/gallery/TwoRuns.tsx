import { Pause, Play } from "lucide-react";
import { useEffect } from "react";
import { pin, pointAt } from "../charts/plot/cursor.ts";
import { LayerLines } from "../charts/spectrum/LayerLines.tsx";
import type { ShownLayer } from "../charts/spectrum/view.ts";
import { baseline, presets } from "../state/presets.ts";
import { typicalLayer } from "../state/rankFacts.ts";
import { counterpart, type RunRecord, recordAt, valuesPerLayer } from "../state/runRecord.ts";
import { fetching, notFetched } from "./recordedWords.ts";
import { shortly, usesInWords } from "./used.ts";
import { useRecorded } from "./useRecorded.ts";
import { useReplay } from "./useReplay.ts";

const own = presets[0]!;
/** The same task with the method that others are looked at beside. */
const other = presets.find(({ config }) => config.method === baseline)!;

/** The same layer's update by two methods, as recorded. */
export function TwoRuns() {
  const [first, second] = [useRecorded(own.id), useRecorded(other.id)];
  if (first === "failed" || second === "failed") return <p className="empty">{notFetched}</p>;
  if (!first || !second) return <p className="empty">{fetching}</p>;
  return <Player own={{ ...first, id: 1, look: 0 }} other={{ ...second, id: 2, look: 1 }} />;
}

function Player({ own, other }: { own: RunRecord; other: RunRecord }) {
  const { steps } = own.config;
  const { step, isPlaying, seek, toggle } = useReplay(steps);
  const layer = typicalLayer(own);
  const whole: ShownLayer[] = [
    { record: own, layer },
    { record: other, layer: counterpart(own, other, layer)! },
  ];
  const shown = whole.map((each) => ({ ...each, record: recordAt(each.record, step) }));
  // What was pinned in the lab is none of these runs' steps.
  useEffect(() => {
    pin(false);
    pointAt(undefined);
  }, []);
  const name = own.summary!.layers[layer]!.id;
  return (
    <>
      <div className="replay-head">
        <p>
          <b>The same task, the same rank {valuesPerLayer(own)}</b> allowed to each
        </p>
        <span className="recorded-mark">recorded run, not live</span>
      </div>
      <LayerLines
        shown={shown}
        whole={whole}
        isLog
        label={`Singular values of ${name}, recorded`}
        endLabel={(each) => ({ text: usesInWords(each), short: shortly(each) })}
      />
      <div className="player">
        <button type="button" className="icon" onClick={toggle}>
          {isPlaying ? <Pause aria-hidden="true" /> : <Play aria-hidden="true" />}
          <span className="visually-hidden">{isPlaying ? "Pause the recording" : "Play the recording"}</span>
        </button>
        <input
          type="range"
          min={0}
          max={steps}
          value={step}
          aria-label="Step of the recording"
          aria-valuetext={`step ${step} of ${steps}: ${shown.map(usesInWords).join(", ")}`}
          onChange={(event) => seek(Number(event.target.value))}
        />
        <span className="numbers">
          step {step} of {steps}
        </span>
      </div>
      <figcaption className="facts">
        Singular values of one layer&rsquo;s update, {name}: of {own.summary!.layers.length} layers the one whose
        effective rank is nearest to the median.
      </figcaption>
    </>
  );
}
