import type { ReactNode } from "react";
import { power, significant } from "../../format.ts";
import { useGuesses } from "../../state/guess.ts";
import { mostCollapsed } from "../../state/rankFacts.ts";
import { captionOf, shortName } from "../../state/runNames.ts";
import { counterpart, framesOf, layerValues, type RunRecord, valuesPerLayer } from "../../state/runRecord.ts";
import { lab } from "../../state/store.ts";
import { ChartCard } from "../card/ChartCard.tsx";
import { HeatMap } from "./HeatMap.tsx";
import { LayerLines, sigma } from "./LayerLines.tsx";
import { Ridges } from "./Ridges.tsx";
import { type ShownLayer, type SpectrumView, spectrumViews, useSpectrumView } from "./view.ts";

interface Props {
  /** What is drawn, the current run first. */
  readonly runs: readonly RunRecord[];
  /** The layer that the visitor chose, if any. */
  readonly chosen: number | undefined;
  readonly lead: ReactNode;
  /** What stands there before anything is measured. */
  readonly empty: ReactNode;
}

/** The layer that is shown: the chosen one, or that which has collapsed the most. */
export const shownLayer = (record: RunRecord | undefined, chosen: number | undefined): number =>
  chosen ?? mostCollapsed(record);

/** The singular values of the updates: of one layer over the steps, or of all layers now. */
export function SpectrumCard({ runs, chosen, lead, empty }: Props) {
  const { view, isLog } = useSpectrumView();
  const [current, ...others] = runs;
  const layers = current?.summary?.layers ?? [];
  const layer = shownLayer(current, chosen);
  const frame = framesOf(current).at(-1);
  const values = current && frame ? [...layerValues(current, frame, layer)] : [];
  const name = layers[layer]?.id ?? "";
  const shown: ShownLayer[] = runs.flatMap((record) => {
    const own = record === current ? layer : counterpart(current!, record, layer);
    return own === undefined ? [] : [{ record, layer: own }];
  });
  const guessed = useGuesses(({ ofRuns }) => current && ofRuns[current.id]);
  const hasLines = frame !== undefined && layers.length > 0;

  return (
    <ChartCard
      id="spectrum"
      title="Singular values of the update"
      caption={current && captionOf(hasLines ? `Singular values of the update of ${name}` : "Singular values", runs)}
      className="hero-card"
      lead={lead}
      summary={
        frame
          ? `At step ${frame.step}, the singular values of layer ${name} are ${values.map(significant).join(", ")}.`
          : "No spectrum has been measured yet."
      }
      tools={
        <>
          {hasLines && view !== "ridges" && (
            <label className="inline">
              <span className="visually-hidden">Layer</span>
              <select
                value={chosen ?? "auto"}
                onChange={({ target: { value } }) => lab.showLayer(value === "auto" ? undefined : Number(value))}
              >
                <option value="auto">{chosen === undefined ? `${name}, lowest rank` : "the one of lowest rank"}</option>
                {layers.map(({ id, inFeatures, outFeatures }, index) => (
                  <option key={id} value={index}>
                    {id} ({outFeatures} × {inFeatures})
                  </option>
                ))}
              </select>
            </label>
          )}
          <Segments
            label="View"
            options={spectrumViews}
            value={view}
            onChange={(each: SpectrumView) => useSpectrumView.setState({ view: each })}
          />
          {view === "lines" && (
            <Segments
              label="Scale"
              options={{ log: "Log", linear: "Linear" }}
              value={isLog ? "log" : "linear"}
              onChange={(each) => useSpectrumView.setState({ isLog: each === "log" })}
            />
          )}
        </>
      }
      note={current?.summary && hasLines && precisionOf(current)}
      table={hasLines ? () => tableOf(shown, view === "ridges" ? undefined : layer) : undefined}
    >
      {layers.length === 0 && current?.summary ? (
        <p className="empty">With only the head trained, no weight matrix changes: there is no update to look at.</p>
      ) : !hasLines ? (
        empty
      ) : view === "ridges" ? (
        <Ridges current={current!} others={others} selected={layer} onSelect={lab.showLayer} />
      ) : view === "lines" ? (
        <LayerLines shown={shown} isLog={isLog} label={`Singular values of ${name}`} guessed={guessed} />
      ) : (
        <HeatMap shown={shown} />
      )}
    </ChartCard>
  );
}

/** How far the values can be trusted. */
function precisionOf(record: RunRecord): ReactNode {
  if (!record.summary!.spectrumIsExact)
    return `Measured on the device while training: of full-size updates the ${valuesPerLayer(record)} largest values, by power iteration; where many are alike, the last may come out up to a tenth too small.`;
  return `Measured on the device while training, through the small core; the error is below ${power(-6)} of a layer’s largest value, and nothing below that floor is drawn.`;
}

/** Every measurement of a layer, or the newest of all layers. */
function tableOf(shown: readonly ShownLayer[], layer: number | undefined) {
  const several = shown.length > 1;
  const most = Math.max(...shown.map(({ record }) => valuesPerLayer(record)));
  const names = Array.from({ length: most }, (_, index) => sigma(index));
  if (layer === undefined) {
    const rows = shown.flatMap(({ record }) => {
      const frame = framesOf(record).at(-1)!;
      return record.summary!.layers.map(({ id }, at) => [
        ...(several ? [shortName(record)] : []),
        id,
        ...[...layerValues(record, frame, at)].map(String),
      ]);
    });
    return { head: [...(several ? ["Run"] : []), "Layer", ...names], rows };
  }
  const rows = shown.flatMap(({ record, layer: own }) =>
    framesOf(record).map((frame) => [
      ...(several ? [shortName(record)] : []),
      String(frame.step),
      ...[...layerValues(record, frame, own)].map(String),
    ]),
  );
  return { head: [...(several ? ["Run"] : []), "Step", ...names], rows };
}

interface SegmentsProps<T extends string> {
  readonly label: string;
  readonly options: Readonly<Record<T, string>>;
  readonly value: T;
  readonly onChange: (value: T) => void;
}

function Segments<T extends string>({ label, options, value, onChange }: SegmentsProps<T>) {
  return (
    <div className="segments" role="group" aria-label={label}>
      {(Object.entries(options) as [T, string][]).map(([id, words]) => (
        <button key={id} type="button" aria-pressed={value === id} onClick={() => onChange(id)}>
          {words}
        </button>
      ))}
    </div>
  );
}
