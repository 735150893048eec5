import { Gauge } from "lucide-react";
import { useEffect, useState } from "react";
import type { AdapterDescription } from "../../../engine/device/device.ts";
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
import { STANDARD_KERNELS } from "../../../engine/settings/config.ts";
import type { Timing, Tuning } from "../../../engine/tuning/tuneProducts.ts";
import { version } from "../../../engine/version.ts";
import { significant } from "../../format.ts";
import { useDeviceCheck } from "../../shell/DeviceLine.tsx";
import { lab, useLab } from "../../state/store.ts";
import { tuning } from "../../state/trust.ts";
import { readStored, writeStored } from "../../state/useStored.ts";
import { DeviceTaskControls } from "./DeviceTaskControls.tsx";

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

/** What was measured on an adapter; another adapter or another version of the kernels is measured anew. */
interface Measured {
  readonly adapter: string;
  readonly version: string;
  readonly tuning: Tuning;
}

/** Which way of computing products and attention is the fastest here, and whether the next run takes it. */
export function KernelTuning() {
  const { result } = tuning.use();
  const device = useLab((state) => state.device);
  const kernels = useLab((state) => state.config.kernels);
  const [stored] = useState(() => readStored<Measured | undefined>("kernels", undefined));
  useEffect(() => {
    if (!result) return;
    const measured: Measured = { adapter: keyOf(result.adapter), version, tuning: result.tuning };
    writeStored("kernels", measured);
  }, [result]);
  const isOfDevice = stored !== undefined && device && stored.adapter === keyOf(device) && stored.version === version;
  const isProcessor = useDeviceCheck().kind === "processor" || device?.kind === "cpu";
  const known = result?.tuning ?? (isOfDevice ? stored.tuning : undefined);
  const measured = isProcessor ? undefined : known;
  return (
    <div className="tuning">
      <h3>Fastest kernels</h3>
      {isProcessor ? (
        <p className="hint">
          A processor has one way to compute products and attention: there is nothing to choose between.
        </p>
      ) : (
        <Choice measured={measured} />
      )}
      <p className="actions">
        {measured && measured.kernelChoice !== measured.standard && kernels !== measured.kernelChoice && (
          <button type="button" onClick={() => lab.configure({ kernels: measured.kernelChoice })}>
            Use the fastest from the next run
          </button>
        )}
        {kernels !== STANDARD_KERNELS && (
          <button type="button" onClick={() => lab.configure({ kernels: STANDARD_KERNELS })}>
            Back to the standard kernels
          </button>
        )}
        <a href="#/bench">Measure this device</a>
      </p>
    </div>
  );
}

function Choice({ measured }: { readonly measured: Tuning | undefined }) {
  const { result } = tuning.use();
  return (
    <>
      <p className="hint">
        Matrix products and attention can be computed in several ways, and which is the fastest depends on the GPU. The
        choice is part of an experiment and of its link: another order of sums changes the last bits of the numbers.
      </p>
      <DeviceTaskControls
        task={tuning}
        request={{}}
        icon={Gauge}
        wording={{
          start: "Tune the kernels",
          again: "Tune the kernels again",
          cancel: "Cancel the tuning",
          bar: "Tuning done",
          running: "The kernels are being measured.",
          cancelled: "The tuning was cancelled",
          waits: "Tuning needs the device to itself: pause the run first.",
        }}
      >
        {result && (
          <p>
            Fastest here: <strong>{inWords(result.tuning.kernelChoice)}</strong>
            {result.tuning.kernelChoice === result.tuning.standard && ", which is the standard choice"}. In the
            settings: <code>{result.tuning.kernelChoice}</code>.
          </p>
        )}
      </DeviceTaskControls>
      {measured && <TimingTable tuning={measured} />}
    </>
  );
}

function TimingTable({ tuning: { timings, kernelChoice } }: { readonly tuning: Tuning }) {
  const chosen = readChoice(kernelChoice);
  const cell = (name: string, way: Timing["way"], isChosen: boolean) => {
    const own = timings.find((timing) => timing.class === name && timing.way === way);
    const text = own ? significant(own.ms) : "–";
    return <td key={way}>{isChosen ? <strong>✓ {text}</strong> : text}</td>;
  };
  return (
    <div className="scroll" tabIndex={0} role="region" aria-label="Timings by way">
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
    </div>
  );
}

/** A written choice, way by way: "split sums for narrow and long products, tiles for wide and small products". */
function inWords(kernelChoice: string): string {
  const chosen = readChoice(kernelChoice);
  const words = matmulVariants.flatMap((way) => {
    const classes = productClasses.filter((each) => chosen[each] === way);
    const which = classes.length === productClasses.length ? "all" : classes.join(" and ");
    return classes.length > 0 ? [`${wayNames[way].toLowerCase()} for ${which} products`] : [];
  });
  return `${words.join(", ")}; attention ${attentionNames[chosen.attention].toLowerCase()}${chosen.reductions === "plain" ? "" : "; reductions by subgroups"}`;
}

function keyOf({ vendor, architecture, description, kind, subgroups }: AdapterDescription): string {
  return [vendor, architecture, description, kind, subgroups].join("|");
}
