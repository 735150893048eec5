import { useState } from "react";
import { power, significant } from "../format.ts";
import { isBusy } from "../state/phase.ts";
import { framesOf, layerValues, valuesPerLayer } from "../state/runRecord.ts";
import { lab, useLab } from "../state/store.ts";
import { Panel } from "./Panel.tsx";
import { SpectrumHeatMap } from "./SpectrumHeatMap.tsx";
import { SpectrumLines } from "./SpectrumLines.tsx";
import { SpectrumRidges } from "./SpectrumRidges.tsx";

const views = { lines: "Lines", heat: "Heat map", ridges: "All layers" } as const;
type View = keyof typeof views;

/** The singular values of the updates: of one layer over time, or of all layers now. */
export function SpectrumPanel() {
  const { current, ghost, layer, phase } = useLab();
  const [view, setView] = useState<View>("ridges");
  const layers = current?.summary?.layers ?? [];
  const frame = framesOf(current).at(-1);
  const values = current && frame ? [...layerValues(current, frame, layer)] : [];
  const name = layers[layer]?.id ?? "";
  const summary = frame
    ? `At step ${frame.step}, the singular values of layer ${name} are ${values.map(significant).join(", ")}.`
    : "No spectrum has been measured yet.";

  return (
    <Panel
      id="spectrum"
      title="Singular values of the updates"
      isWide
      summary={summary}
      tools={
        <>
          {view !== "ridges" && layers.length > 0 && (
            <label className="inline">
              Layer
              <select value={layer} onChange={(event) => lab.showLayer(Number(event.target.value))}>
                {layers.map(({ id, inFeatures, outFeatures }, index) => (
                  <option key={id} value={index}>
                    {id} ({outFeatures}×{inFeatures})
                  </option>
                ))}
              </select>
            </label>
          )}
          <div className="segments" role="group" aria-label="View">
            {Object.entries(views).map(([id, label]) => (
              <button key={id} type="button" aria-pressed={view === id} onClick={() => setView(id as View)}>
                {label}
              </button>
            ))}
          </div>
        </>
      }
      note={
        current?.summary &&
        layers.length > 0 && (
          <>
            {view === "ridges" && frame && <>Step {frame.step}; each ridge as shares of its layer&rsquo;s σ₁. </>}
            {!current.summary.spectrumIsExact ? (
              <>
                Measured on the device while training: of full-size updates the {valuesPerLayer(current)} largest
                values, by power iteration; where many are alike, the last may come out up to a tenth too small.
              </>
            ) : (
              <>
                Measured on the device while training, through the small core; the error is below {power(-6)} of a
                layer&rsquo;s largest value, and nothing below that floor is drawn.
              </>
            )}
          </>
        )
      }
      table={{ head: ["Layer", ...values.map((_, index) => `σ${index + 1}`)], rows: tableOf() }}
    >
      {layers.length === 0 && current?.summary ? (
        <p className="empty">With only the head trained, no weight matrix changes: there is no update to look at.</p>
      ) : !frame ? (
        <p className="empty">
          {isBusy(phase)
            ? "The singular values of every adapted layer are drawn here once they are measured."
            : "Press Train: the singular values of every adapted layer grow here while it learns."}
        </p>
      ) : view === "ridges" ? (
        <SpectrumRidges current={current!} ghost={ghost} selected={layer} onSelect={lab.showLayer} />
      ) : view === "lines" ? (
        <SpectrumLines current={current!} ghost={ghost} layer={layer} />
      ) : (
        <SpectrumHeatMap current={current!} ghost={ghost} layer={layer} />
      )}
    </Panel>
  );

  function tableOf(): string[][] {
    if (!current || !frame) return [];
    return layers.map(({ id }, index) => [id, ...[...layerValues(current, frame, index)].map(significant)]);
  }
}
