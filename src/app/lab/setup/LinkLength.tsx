import { whole } from "../../format.ts";
import { linkTo } from "../../shell/route.ts";
import { notesOf } from "../../state/labState.ts";
import { gradeOf, LINK_LENGTHS, type LinkGrade } from "../../state/linkLength.ts";
import { toQuery } from "../../state/share.ts";
import { useLab } from "../../state/store.ts";
import { SaveExperiment } from "../export/ExperimentFile.tsx";

const words: Readonly<Record<LinkGrade, string>> = {
  safe: "short enough for mail and chat",
  risky: "some chat programs cut it",
  long: "many chat programs cut it",
  file: "too long for most programs; send a file instead",
};

/** How long the link to the present settings is, and how far it gets. */
export function LinkLength() {
  const length = useLab((state) => linkTo(`/lab?${toQuery(state.config, notesOf(state))}`).length);
  const grade = gradeOf(length);
  return (
    <div className={`link-length ${grade}`}>
      <span className="bar" aria-hidden="true">
        <span style={{ width: `${Math.min(100, (100 * length) / LINK_LENGTHS.most)}%` }} />
      </span>
      <p role="status">
        <b>{whole(length)} characters</b> of link: {words[grade]}.
      </p>
      {grade === "file" && <SaveExperiment />}
    </div>
  );
}
