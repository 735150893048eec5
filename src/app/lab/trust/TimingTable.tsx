import {
  type AttentionVariant,
  attentionVariants,
  type MatmulVariant,
  matmulVariants,
  type ProductClass,
  productClasses,
  type ReductionVariant,
  readChoice,
  reductionVariants,
} from "../../../engine/kernels/matmulVariants.ts";
import type { Timing, Tuning } from "../../../engine/tuning/tuneProducts.ts";
import { significant } from "../../format.ts";
import { Scroll } from "../../Scroll.tsx";

const classNames: Readonly<Record<ProductClass, string>> = {
  wide: "Wide: a layer",
  narrow: "Narrow: an adapter",
  long: "Long sums",
  small: "Many small ones",
};

const wayNames: Readonly<Record<MatmulVariant, string>> = {
  plain: "Plain",
  quads: "Quads",
  split: "Split sums",
  tiled: "Tiles",
  blocks: "Blocks",
};

const attentionNames: Readonly<Record<AttentionVariant, string>> = {
  composed: "Composed of products",
  fused: "Fused",
};

const reductionNames: Readonly<Record<ReductionVariant, string>> = {
  plain: "As usual",
  subgroups: "By subgroups",
};

/** What each way took, with a mark at those that were chosen. */
export function TimingTable({ tuning: { timings, kernelChoice } }: { readonly tuning: Tuning }) {
  const chosen = readChoice(kernelChoice);
  const cell = (name: string, way: Timing["way"], isChosen: boolean) => {
    const own = timings.find((timing) => timing.class === name && timing.way === way);
    const text = own ? significant(own.ms) : "–";
    return <td key={way}>{isChosen ? <strong>✓ {text}</strong> : text}</td>;
  };
  return (
    <Scroll label="Timings by way">
      <table>
        <caption className="visually-hidden">Milliseconds of sample products by class and by way</caption>
        <thead>
          <tr>
            <th scope="col">Products, ms</th>
            {matmulVariants.map((way) => (
              <th key={way} scope="col">
                {wayNames[way]}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {productClasses.map((each) => (
            <tr key={each}>
              <th scope="row">{classNames[each]}</th>
              {matmulVariants.map((way) => cell(each, way, chosen[each] === way))}
            </tr>
          ))}
        </tbody>
      </table>
      <table>
        <caption className="visually-hidden">Milliseconds of sample attention by way</caption>
        <thead>
          <tr>
            <th scope="col">Attention, ms</th>
            {attentionVariants.map((way) => (
              <th key={way} scope="col">
                {attentionNames[way]}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          <tr>
            <th scope="row">Forward and backward</th>
            {attentionVariants.map((way) => cell("attention", way, chosen.attention === way))}
          </tr>
        </tbody>
      </table>
      {timings.some((timing) => timing.class === "reductions") && (
        <table>
          <caption className="visually-hidden">Milliseconds of sample norms and losses by way</caption>
          <thead>
            <tr>
              <th scope="col">Reductions, ms</th>
              {reductionVariants.map((way) => (
                <th key={way} scope="col">
                  {reductionNames[way]}
                </th>
              ))}
            </tr>
          </thead>
          <tbody>
            <tr>
              <th scope="row">Norms, cross-entropy</th>
              {reductionVariants.map((way) => cell("reductions", way, chosen.reductions === way))}
            </tr>
          </tbody>
        </table>
      )}
    </Scroll>
  );
}

/** A written choice, way by way: "split sums for narrow and long products, tiles for wide and small products". */
export function inWords(kernelChoice: string): string {
  const chosen = readChoice(kernelChoice);
  const words = matmulVariants.flatMap((way) => {
    const classes = productClasses.filter((each) => chosen[each] === way);
    const which = classes.length === productClasses.length ? "all" : classes.join(" and ");
    return classes.length > 0 ? [`${wayNames[way].toLowerCase()} for ${which} products`] : [];
  });
  return `${words.join(", ")}; attention ${attentionNames[chosen.attention].toLowerCase()}${chosen.reductions === "plain" ? "" : "; reductions by subgroups"}`;
}
