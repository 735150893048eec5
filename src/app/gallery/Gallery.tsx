import { Play } from "lucide-react";
import { useRef } from "react";
import { processorThreads } from "../../worker/processorThreads.ts";
import { DeviceLine, useDeviceCheck } from "../shell/DeviceLine.tsx";
import { wouldBeLost } from "../state/labState.ts";
import { usePace } from "../state/pace.ts";
import { goals, presets } from "../state/presets.ts";
import { useLab } from "../state/store.ts";
import { Doors } from "./Doors.tsx";
import { Idea } from "./Idea.tsx";
import { PresetCard } from "./PresetCard.tsx";
import { Replay } from "./Replay.tsx";
import { start } from "./start.ts";
import { startInWords } from "./times.ts";
import { useDrawings } from "./useDrawings.ts";

const first = presets[0]!;

/** The way in: what this is, whether it will run here, and something to start. */
export function Gallery() {
  const check = useDeviceCheck();
  const pace = usePace((state) => state.pace);
  const drawings = useDrawings();
  const canRun = check.kind !== "blocked";
  const idea = useRef<HTMLHeadingElement>(null);
  const showIdea = () => {
    idea.current?.scrollIntoView();
    idea.current?.focus();
  };

  return (
    <div className="gallery">
      <section className="hero">
        <div>
          <h1>See the rank of learning.</h1>
          <p className="lead">
            Fine-tune a real pretrained transformer in this tab and watch the singular values of every layer&rsquo;s
            update while it trains. Multiply more factors, and the update chooses a low rank by itself.
          </p>
          <p className="actions">
            <button type="button" className="primary big" disabled={!canRun} onClick={() => start(first)}>
              <Play aria-hidden="true" /> Start
            </button>
            <button type="button" className="big" onClick={showIdea}>
              How it works
            </button>
          </p>
          <p className="facts">No account, nothing to install; nothing leaves this tab.</p>
          <DeviceLine check={check} />
          {canRun && check.kind !== "checking" && (
            <p className="facts start-time">
              {startInWords(first.cost, { here: check.here, threads: processorThreads(), pace })}
            </p>
          )}
          <InTheLab />
        </div>
        <Replay drawings={drawings} />
      </section>
      {Object.entries(goals).map(([goal, title]) => (
        <section key={goal} aria-labelledby={`goal-${goal}`}>
          <h2 id={`goal-${goal}`}>{title}</h2>
          <ul className="cards">
            {presets
              .filter((preset) => preset.goal === goal)
              .map((preset) => (
                <PresetCard key={preset.id} {...{ preset, canRun, pace, drawings }} here={check.here} />
              ))}
          </ul>
        </section>
      ))}
      <Doors showIdea={showIdea} />
      <Idea heading={idea} />
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
