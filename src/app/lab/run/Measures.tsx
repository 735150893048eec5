import { decimal } from "../../format.ts";
import { type RunRecord, valuesOf } from "../../state/runRecord.ts";

/** Everything that the task is judged by, at the first and at the last validation. */
export function Measures({ record }: { record: Pick<RunRecord, "summary" | "evaluations"> }) {
  const measured = valuesOf(record);
  if (measured.length === 0) return null;
  const [first, last] = [record.evaluations[0]!, record.evaluations.at(-1)!];
  return (
    <table className="measures">
      <caption>On the validation examples</caption>
      <thead>
        <tr>
          <th scope="col">Metric</th>
          <th scope="col">Before training, step {first.step}</th>
          <th scope="col">{last === first ? "Now" : `Now, step ${last.step}`}</th>
        </tr>
      </thead>
      <tbody>
        {measured.map(({ id, label, higherIsBetter, before, now }) => (
          <tr key={id}>
            <th scope="row">
              {label} <span className="numbers">{higherIsBetter ? "higher is better" : "lower is better"}</span>
            </th>
            <td className="numbers">{before === undefined ? "–" : decimal(before)}</td>
            <td className="numbers">{now === undefined ? "–" : decimal(now)}</td>
          </tr>
        ))}
      </tbody>
    </table>
  );
}
