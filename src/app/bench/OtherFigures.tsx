import { TriangleAlert } from "lucide-react";
import { useMemo } from "react";
import { threeDigits } from "../../engine/bench/report.ts";
import type { AdapterKind } from "../../engine/kernels/kernel.ts";
import { Scroll } from "../Scroll.tsx";
import { BenchLinkError, type Figure, type Figures, figuresOf, readBenchQuery } from "../state/benchLink.ts";
import { bench } from "./tasks.ts";

const kinds: Readonly<Record<AdapterKind, string>> = {
  hardware: "a graphics card",
  software: "a software GPU",
  cpu: "a processor",
};

/** The figures of somebody else that a link brought, beside those of this device once there are any. */
export function OtherFigures({ query }: { readonly query: string }) {
  const read = useMemo(() => readOrRefused(query), [query]);
  if (read instanceof BenchLinkError) {
    return (
      <section className="notice" role="alert" aria-labelledby="no-figures">
        <h2 id="no-figures">
          <TriangleAlert aria-hidden="true" /> The figures of this link cannot be shown
        </h2>
        <p>
          {read.message}. {read.hint}
        </p>
      </section>
    );
  }
  const { device, kind, runtime, rankscope, when } = read;
  return (
    <section className="panel wide trust" aria-labelledby="others">
      <h2 id="others">Figures of somebody else</h2>
      <p className="hint">
        A link brought them; nobody has checked them here. Measured on <bdi>{device}</bdi>, {kinds[kind]}, in{" "}
        <bdi>{runtime}</bdi>, with Rankscope <bdi>{rankscope}</bdi>, {new Date(when).toLocaleString("en-GB")}.
      </p>
      <Comparison figures={read} />
    </section>
  );
}

function Comparison({ figures }: { readonly figures: Figures }) {
  const { result } = bench.use();
  const own = result && figuresOf(result).rows;
  return (
    <Scroll label="Theirs and those of this device">
      <table>
        <caption className="visually-hidden">Figures of somebody else and of this device</caption>
        <thead>
          <tr>
            <th scope="col">What</th>
            <th scope="col">Theirs</th>
            <th scope="col">Here</th>
          </tr>
        </thead>
        <tbody>
          {figures.rows.map((row) => {
            const here = own?.find(
              ({ group, name, unit }) => group === row.group && name === row.name && unit === row.unit,
            );
            return (
              <tr key={`${row.group} ${row.name}`}>
                <th scope="row">
                  {row.group}: {row.name}
                  {row.said && <span className="help"> {row.said}</span>}
                </th>
                <td className="numbers">{inWords(row)}</td>
                <td className="numbers">{here ? inWords(here) : "–"}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </Scroll>
  );
}

function inWords({ value, unit }: Figure): string {
  return value === undefined ? "–" : `${threeDigits(value)} ${unit}`.trim();
}

function readOrRefused(query: string): Figures | BenchLinkError {
  try {
    return readBenchQuery(query);
  } catch (error) {
    if (error instanceof BenchLinkError) return error;
    throw error;
  }
}
