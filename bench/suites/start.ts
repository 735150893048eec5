import type { Suite } from "../harness/lab.ts";
import { judged } from "../harness/report.ts";
import { apart, median } from "../harness/statistics.ts";
import { type Cell, percent, short } from "../harness/table.ts";
import type { OwnPage } from "../ours/main.ts";

/** A start happens once in a browser, so two browsers are what the same thing twice means here. */
const WITHIN = 0.25;
const BROWSERS = 2;

type Starts = Awaited<ReturnType<OwnPage["start"]>>;

/** From the press of Start, with its preset, to the loss of the first step: in a new browser, and again in the same tab. */
export const start: Suite = async (lab) => {
  const starts: Starts[] = [];
  for (let run = 0; run < BROWSERS; run++) {
    lab.say(`a new browser, Start pressed twice (${run + 1})`);
    const browser = await lab.relaunch();
    try {
      starts.push(await (await browser.tab("ours")).call("start"));
    } finally {
      await browser.close();
    }
  }
  const of = (when: "cold" | "warm", key: keyof Starts["cold"]) => starts.map((each) => each[when][key]);
  const cold = of("cold", "firstStepMs");
  const warm = of("warm", "firstStepMs");
  const again = cold
    .map((value) => value / median(cold))
    .reduce((worst, each) => (apart(each) > apart(worst) ? each : worst), 1);
  const wall = { ratio: median(warm) / median(cold), again, rounds: starts.length };
  const line = (name: string, when: "cold" | "warm"): Cell[] => [
    name,
    short(median(of(when, "readyMs"))),
    short(median(of(when, "firstStepMs"))),
    median(of(when, "pipelines")),
  ];
  return {
    title: "Cold start",
    note: `From pressing Start with its preset (pd-bert, compressed Deep LoRA) to the loss of the first step: loading, bases, compiling, validation before training. Cold starts of ${starts.length} new browsers lie within ${percent(apart(again))} of their median.`,
    rows: [judged({ what: "second start in the same tab", base: "first start", wall, within: WITHIN })],
    tables: [
      {
        caption: "Medians:",
        head: ["", "ms to a run that is ready", "ms to the first step", "pipelines compiled"],
        rows: [line("cold", "cold"), line("warm", "warm")],
      },
    ],
  };
};
