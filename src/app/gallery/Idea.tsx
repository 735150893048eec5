import type { RefObject } from "react";
import { factorsInWords } from "../state/factors.ts";
import { Figure } from "./Figure.tsx";

/** What the page is about, in words and as a sketch of the theory. */
export function Idea({ heading }: { heading: RefObject<HTMLHeadingElement | null> }) {
  return (
    <section className="about" aria-labelledby="idea">
      <div>
        <h2 id="idea" ref={heading} tabIndex={-1}>
          The idea in three sentences
        </h2>
        <p>
          LoRA writes a weight update as a product of two thin matrices and so caps its rank. Deep LoRA multiplies{" "}
          {factorsInWords} factors that start tiny and orthogonal; gradient descent then moves only a few directions,
          and the rank follows from the data instead of a setting. Because learning stays in that small subspace, the
          whole thing compresses to LoRA&rsquo;s cost.
        </p>
        <p className="facts">
          Yaras, Wang, Balzano, Qu: Compressible Dynamics in Deep Overparameterized Low-Rank Learning &amp; Adaptation.
          ICML 2024, arXiv:2406.04112.
        </p>
      </div>
      <Figure />
    </section>
  );
}
