import type { CheckKind } from "../../../engine/trust/check.ts";
import type { CheckResult } from "../../../engine/trust/runChecks.ts";
import { nameOf, shareOf, worstFirst } from "../../../engine/trust/summary.ts";
import { significant } from "../../format.ts";
import { Scroll } from "../../Scroll.tsx";

const kinds: Record<CheckKind, string> = { kernel: "kernel", gradient: "gradient", known: "known answer" };

/** Every check with its error, what it may be and why; the worst first. */
export function CheckTable({ results }: { readonly results: readonly CheckResult[] }) {
  const reasons = new Map(results.map(({ tolerance, why }) => [`${significant(tolerance)}: ${why}`, tolerance]));
  return (
    <details className="as-table">
      <summary>Every check, the worst first</summary>
      <Scroll label="Every check">
        <table>
          <thead>
            <tr>
              <th scope="col">Result</th>
              <th scope="col">What</th>
              <th scope="col">Kind</th>
              <th scope="col">Sizes</th>
              <th scope="col">Largest error</th>
              <th scope="col">Tolerance</th>
              <th scope="col">Share of it</th>
              <th scope="col">Time</th>
            </tr>
          </thead>
          <tbody>
            {worstFirst(results).map((result) => (
              <Row key={nameOf(result)} result={result} />
            ))}
          </tbody>
        </table>
      </Scroll>
      <p className="note">Errors are shares of the largest value. Tolerances are what they are because:</p>
      <ul className="note">
        {[...reasons]
          .sort(([, a], [, b]) => a - b)
          .map(([reason]) => (
            <li key={reason}>{reason}.</li>
          ))}
      </ul>
    </details>
  );
}

function Row({ result }: { readonly result: CheckResult }) {
  const { passes, name, kind, shape, error, problem, tolerance, milliseconds } = result;
  const share = shareOf(result);
  return (
    <tr>
      <td className={passes ? "numbers" : "numbers problem"}>{passes ? "✓ passes" : "✗ FAILS"}</td>
      <th scope="row">{name}</th>
      <td>{kinds[kind]}</td>
      <td>{shape}</td>
      <td className={error === undefined ? "problem" : "numbers"}>
        {error === undefined ? problem : significant(error)}
      </td>
      <td className="numbers">{significant(tolerance)}</td>
      <td className="numbers">{Number.isFinite(share) ? share.toFixed(3) : "–"}</td>
      <td className="numbers">{Math.ceil(milliseconds)} ms</td>
    </tr>
  );
}
