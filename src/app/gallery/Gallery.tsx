import { Play } from "lucide-react";
import { DeviceLine, useDeviceCheck } from "../shell/DeviceLine.tsx";
import { endRunFor } from "../shell/EndRun.tsx";
import { goTo } from "../shell/route.ts";
import { wouldBeLost, wouldEnd } from "../state/labState.ts";
import { type Preset, presets } from "../state/presets.ts";
import { toQuery } from "../state/share.ts";
import { lab, useLab } from "../state/store.ts";
import { Figure } from "./Figure.tsx";

/** The way in: what this is, whether it will run here, and something to start. */
export function Gallery() {
  const check = useDeviceCheck();
  const canRun = check.kind !== "blocked";
  const [first, ...others] = presets as [Preset, ...Preset[]];

  return (
    <div className="gallery">
      <section className="hero">
        <div>
          <h1>See the rank of learning.</h1>
          <p className="lead">
            Fine-tune a real pretrained transformer in this tab and watch the singular values of every layer&rsquo;s
            update while it trains. Multiply more factors, and the update chooses a low rank by itself.
          </p>
          <p>
            <button type="button" className="primary big" disabled={!canRun} onClick={() => start(first)}>
              <Play aria-hidden="true" /> Start
            </button>
            <span className="hint">No download, no account; nothing leaves this tab.</span>
          </p>
          <DeviceLine check={check} />
          <InTheLab />
        </div>
        <Figure />
      </section>
      <section aria-labelledby="experiments">
        <h2 id="experiments">Experiments</h2>
        <ul className="cards">
          {[first, ...others].map((preset) => (
            <li key={preset.id} className="card">
              <h3>{preset.title}</h3>
              <p>{preset.text}</p>
              <p className="facts">{preset.facts}</p>
              <p className="actions">
                <button
                  type="button"
                  disabled={!canRun}
                  onClick={() => start(preset)}
                  aria-label={`Start: ${preset.title}`}
                >
                  <Play aria-hidden="true" /> Start
                </button>
                <a href={`#/lab?${toQuery(preset.config)}`}>Look first</a>
              </p>
            </li>
          ))}
        </ul>
      </section>
      <section className="about" aria-labelledby="idea">
        <h2 id="idea">The idea in three sentences</h2>
        <p>
          LoRA writes a weight update as a product of two thin matrices and so caps its rank. Deep LoRA multiplies three
          or more factors that start tiny and orthogonal; gradient descent then moves only a few directions, and the
          rank follows from the data instead of a setting. Because learning stays in that small subspace, the whole
          thing compresses to LoRA&rsquo;s cost.
        </p>
        <p className="facts">
          Yaras, Wang, Balzano, Qu: Compressible Dynamics in Deep Overparameterized Low-Rank Learning &amp; Adaptation.
          ICML 2024, arXiv:2406.04112.
        </p>
      </section>
    </div>
  );
}

/** Says what Start would do to a run that is in the lab and in no file. */
function InTheLab() {
  const isThere = useLab(wouldBeLost);
  const step = useLab((state) => state.step);
  if (!isThere) return null;
  return (
    <p className="facts">
      There is a run in the <a href="#/lab">lab</a>, at step {step}. Start takes its place: it stays in the charts, but
      can then neither go on nor be exported.
    </p>
  );
}

function start(preset: Preset): void {
  endRunFor(() => {
    lab.open(preset.config);
    goTo(`/lab?${toQuery(preset.config)}`);
    lab.train();
  }, wouldEnd);
}
