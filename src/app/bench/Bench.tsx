import { Copy, Download, Gauge, Link } from "lucide-react";
import { useState } from "react";
import { type BenchReport, benchMarkdown, cellsOf } from "../../engine/bench/report.ts";
import { DeviceTaskControls } from "../lab/trust/DeviceTaskControls.tsx";
import { Said, useRequest } from "../lab/useRequest.tsx";
import { Scroll } from "../Scroll.tsx";
import { save } from "../saveFile.ts";
import { linkTo } from "../shell/route.ts";
import { benchQuery, figuresOf } from "../state/benchLink.ts";
import { OtherFigures } from "./OtherFigures.tsx";
import { StepProfile } from "./StepProfile.tsx";
import { bench } from "./tasks.ts";

/** How fast the device of this tab is, with a report to pass on. */
export default function Bench({ query }: { readonly query: string | undefined }) {
  const [all, setAll] = useState(false);
  const { result } = bench.use();
  return (
    <div className="bench-page">
      <h1>How fast is this device?</h1>
      {query !== undefined && <OtherFigures query={query} />}
      <section className="panel wide trust" aria-labelledby="rows">
        <h2 id="rows">Products, training steps, spectra</h2>
        <p className="hint">
          Times the engine on this device, row by row; what it computes is compared with what is known first. Nothing is
          sent anywhere. Leave the tab in front: browsers slow the others down.
        </p>
        <label className="inline">
          <input type="checkbox" checked={all} onChange={(event) => setAll(event.target.checked)} /> All rows, however
          long they take
        </label>
        <DeviceTaskControls
          task={bench}
          request={{ all }}
          icon={Gauge}
          wording={{
            start: "Measure this device",
            again: "Measure this device again",
            cancel: "Cancel the measurement",
            bar: "Rows measured",
            running: "The device is being measured.",
            cancelled: "The measurement was cancelled",
            waits: "Measuring needs the device to itself: pause the run in the lab first.",
          }}
        >
          {result && (
            <p>
              {result.rows.length} rows, {new Date(result.when).toLocaleString("en-GB")}.
            </p>
          )}
        </DeviceTaskControls>
        {result && <Report report={result} />}
      </section>
      <StepProfile />
    </div>
  );
}

function Report({ report }: { readonly report: BenchReport }) {
  const copying = useRequest(async () => {
    await navigator.clipboard.writeText(benchMarkdown(report));
    return "The report is in the clipboard, as Markdown.";
  });
  const downloading = useRequest(async () => {
    const content = new Blob([`${JSON.stringify(report, undefined, 2)}\n`], { type: "application/json" });
    save({ name: "rankscope-bench.json", content });
    return "rankscope-bench.json is downloaded.";
  });
  const linking = useRequest(async () => {
    await navigator.clipboard.writeText(linkTo(`/bench?${benchQuery(figuresOf(report))}`));
    return "A link with these figures is in the clipboard; whoever opens it sees them beside their own.";
  });
  return (
    <>
      <Scroll label="Measurements">
        <table>
          <caption className="visually-hidden">Milliseconds and speed by row</caption>
          <thead>
            <tr>
              <th scope="col">What</th>
              <th scope="col">ms</th>
              <th scope="col">Halves differ by</th>
              <th scope="col">GFLOP/s</th>
            </tr>
          </thead>
          <tbody>
            {report.rows.map((row) => {
              const [ms, spread, gflops, said] = cellsOf(row);
              return (
                <tr key={`${row.group} ${row.name}`}>
                  <th scope="row">
                    {row.group === "Products" ? `Product ${row.name}` : row.name}
                    {said && <span className={row.verdict === "failed" ? "help problem" : "help"}> {said}</span>}
                  </th>
                  <td className="numbers">{ms}</td>
                  <td className="numbers">{spread}</td>
                  <td className="numbers">{gflops}</td>
                </tr>
              );
            })}
          </tbody>
        </table>
      </Scroll>
      <p className="actions">
        <button type="button" onClick={copying.start}>
          <Copy aria-hidden="true" /> Copy the report
        </button>
        <button type="button" onClick={downloading.start}>
          <Download aria-hidden="true" /> Download as JSON
        </button>
        <button type="button" onClick={linking.start}>
          <Link aria-hidden="true" /> Copy a link with the figures
        </button>
      </p>
      <Said result={copying.result} failure={copying.failure} />
      <Said result={linking.result} failure={linking.failure} />
      <Said result={downloading.result} failure={downloading.failure} />
    </>
  );
}
