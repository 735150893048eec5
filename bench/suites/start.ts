import type { Tabs } from "../harness/browser.ts";
import type { Suite } from "../harness/lab.ts";
import { judged } from "../harness/report.ts";
import { apart, median } from "../harness/statistics.ts";
import { type Cell, percent, short } from "../harness/table.ts";
import type { OwnPage } from "../ours/main.ts";

/** A start happens once in a browser, so two browsers are what the same thing twice means here. */
const WITHIN = 0.25;
const BROWSERS = 2;

type Starts = Awaited<ReturnType<OwnPage["start"]>>;
type Key = keyof Starts["cold"];

const devices = [
  { label: "the graphics device", page: "ours" },
  { label: "the processor", page: "ours?device=cpu" },
] as const satisfies readonly { readonly label: string; readonly page: keyof Tabs }[];

/**
 * From the press of Start, with its preset, to the loss of the first step and to the first spectrum: on both devices, in a
 * new browser each time, and again in the same tab.
 */
export const start: Suite = async (lab) => {
  const starts = devices.map(() => [] as Starts[]);
  for (let run = 0; run < BROWSERS; run++) {
    for (const [at, { label, page }] of devices.entries()) {
      lab.say(`a new browser, Start pressed twice on ${label} (${run + 1})`);
      const browser = await lab.relaunch();
      try {
        starts[at]!.push(await (await browser.tab(page)).call("start"));
      } finally {
        await browser.close();
      }
    }
  }
  const all = (at: number, when: "cold" | "warm", key: Key) => starts[at]!.map((each) => each[when][key]);
  const comparisons = devices.map(({ label }, at) => {
    const cold = all(at, "cold", "firstStepMs");
    const again = cold
      .map((value) => value / median(cold))
      .reduce((worst, each) => (apart(each) > apart(worst) ? each : worst), 1);
    const wall = { ratio: median(all(at, "warm", "firstStepMs")) / median(cold), again, rounds: BROWSERS };
    return { label, wall };
  });
  const line = (name: string, at: number, when: "cold" | "warm"): Cell[] => [
    name,
    ...(["readyMs", "firstStepMs", "firstSpectrumMs", "validatedMs"] as const).map((key) =>
      short(median(all(at, when, key))),
    ),
    median(all(at, when, "pipelines")),
  ];
  const spreads = comparisons.map(({ label, wall }) => `on ${label} ${percent(apart(wall.again))}`);
  return {
    title: "Cold start",
    note: `From pressing Start with its preset (pd-bert, compressed Deep LoRA) to the loss of the first step, to the first spectrum, and to the validation of what training started from. Cold starts of ${BROWSERS} new browsers differ from their median by at most: ${spreads.join(", ")}.`,
    rows: comparisons.map(({ label, wall }) =>
      judged({ what: `second start in the same tab, on ${label}`, base: "first start", wall, within: WITHIN }),
    ),
    tables: [
      {
        caption: "Medians, in milliseconds from the press:",
        head: ["", "a run that is ready", "first step", "first spectrum", "validated as it was", "pipelines compiled"],
        rows: devices.flatMap(({ label }, at) => [
          line(`cold, on ${label}`, at, "cold"),
          line(`warm, on ${label}`, at, "warm"),
        ]),
      },
    ],
  };
};
