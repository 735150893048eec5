import { ChevronRight, Presentation, Sigma, Users } from "lucide-react";
import { lateScreen } from "../shell/lateScreen.tsx";
import { goTo } from "../shell/route.ts";
import { lab } from "../state/store.ts";

const { Screen: OpenDoor } = lateScreen("The way in for files", () => import("../lab/open/OpenDoor.tsx"));

/** Ways in for those who bring something, who teach, and who want the theory. */
export function Doors({ showIdea }: { showIdea: () => void }) {
  const project = () => {
    lab.present(true);
    goTo("/lab");
  };
  return (
    <section aria-labelledby="doors">
      <h2 id="doors">Bring your own, teach, understand</h2>
      <div className="doors">
        <div className="panel">
          <OpenDoor />
        </div>
        <section className="panel door" aria-labelledby="teachers">
          <Users aria-hidden="true" />
          <div>
            <h3 id="teachers">For teachers</h3>
            <p>
              Set up a run in the lab and copy its link: whoever opens it has the same settings, and nothing runs until
              they press Train. In a room, the projector&rsquo;s view shows charts alone, large.
            </p>
            <p className="actions">
              <a href="#/lab">
                Set up a run <ChevronRight aria-hidden="true" />
              </a>
              <button type="button" onClick={project}>
                <Presentation aria-hidden="true" /> Open the lab for a room
              </button>
            </p>
          </div>
        </section>
        <section className="panel door" aria-labelledby="theory">
          <Sigma aria-hidden="true" />
          <div>
            <h3 id="theory">Theory</h3>
            <p>Why depth learns strong directions first and weak ones never, in three sentences and a sketch.</p>
            <p className="actions">
              <button type="button" onClick={showIdea}>
                Read the idea
              </button>
              <a href="https://arxiv.org/abs/2406.04112">
                The paper <ChevronRight aria-hidden="true" />
              </a>
            </p>
          </div>
        </section>
      </div>
    </section>
  );
}
