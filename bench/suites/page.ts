import type { Suite } from "../harness/lab.ts";
import { heapBytes, openPage, type ServedPage, servePage, timeUntil, watchMainThread } from "../harness/productPage.ts";
import { counted, type Row } from "../harness/report.ts";
import { type Cell, short } from "../harness/table.ts";

/** Steps of the Start preset over which the main thread is watched. */
const WATCHED = 40;
/** A curve in any chart, of the page as it is and as it was. */
const CURVE = ".hero-card path.run-line, .recharts-line-curve";
const STATUS = ".status .line";
/** A run of many short steps, all of whose charts are drawn. */
const LONG =
  "#/lab?v=1&shots=16&maxTokens=8&validationRows=8&calibrationBatches=1&batchSize=1&evaluateEvery=500&learningRate=0.0001&headLearningRate=0.0001&targets=query-value&steps=";
const STEPS = 10_000;
const FIRST = 1000;
const MEBIBYTE = 2 ** 20;

interface Measured {
  readonly firstCurveMs: number;
  readonly firstStepMs: number;
  readonly workMs: number;
  readonly scriptMs: number;
  readonly p95Ms: number;
  readonly longestMs: number;
  readonly over50: number;
}

/** What whoever trains in the product's page waits for, and what its main thread has to do meanwhile. */
export const page: Suite = async ({ say }, { before, quick }) => {
  const now = await servePage();
  const then = before === undefined ? undefined : await servePage(before);
  const rows: Row[] = [];
  const lines: Cell[][] = [];
  try {
    for (const onProcessor of [false, true]) {
      const device = onProcessor ? "the processor" : "the software GPU";
      for (const [served, name] of [
        [then, "before"],
        [now, "now"],
      ] as const) {
        if (!served) continue;
        // The same thing twice, in a new browser each time.
        for (const turn of quick ? [1] : [1, 2]) {
          say(`Start on ${device}, ${name} (${turn})`);
          const found = await startPreset(served, onProcessor);
          lines.push([`${device}, ${name}`, ...Object.values(found).map(short)]);
          if (name !== "now" || turn > 1) continue;
          rows.push(
            counted({ what: `first curve, on ${device}`, value: found.firstCurveMs, atMost: 5000, unit: "ms" }),
            counted({ what: `tasks at p95, on ${device}`, value: found.p95Ms, atMost: 50, unit: "ms" }),
            counted({ what: `script per step, on ${device}`, value: found.scriptMs, atMost: 10, unit: "ms" }),
          );
        }
      }
    }
    const long = await longRun(now, quick ? 2 * FIRST : STEPS, say);
    const [early, late] = [long[0]!, long.at(-1)!];
    rows.push(
      counted({
        what: `growth of the heap from step ${early.step} to ${late.step}`,
        value: (late.heap - early.heap) / MEBIBYTE,
        atMost: 5,
        unit: "MiB",
      }),
    );
    return {
      title: "The page while it trains",
      note: `The Start preset in the product's own page at 1440 × 900. Times from the press of Start; the main thread over ${WATCHED} steps from the first on, tasks of at least 1 ms. Then ${late.step} short steps with all charts in view, on the processor.`,
      rows,
      tables: [
        {
          caption: "Milliseconds; work and script are a step's:",
          head: [
            "",
            "first curve",
            "first own step",
            "work",
            "script",
            "task at p95",
            "longest task",
            "tasks over 50 ms",
          ],
          rows: lines,
        },
        {
          caption: "The long run:",
          head: ["step", "heap, MiB", "frame, ms at the median", "frame, ms at p95"],
          rows: long.map(({ step, heap, frameMs, frameP95Ms }) => [
            step,
            short(heap / MEBIBYTE),
            short(frameMs),
            short(frameP95Ms),
          ]),
        },
      ],
    };
  } finally {
    await now.close();
    await then?.close();
  }
};

async function startPreset(served: ServedPage, onProcessor: boolean): Promise<Measured> {
  const opened = await openPage(served, "#/", onProcessor);
  const { browser, page } = opened;
  try {
    const start = page.getByRole("button", { name: "Start", exact: true }).first();
    await start.waitFor();
    const pressed = performance.now();
    await start.click();
    const since = async (waited: Promise<unknown>) => {
      await waited;
      return performance.now() - pressed;
    };
    const [firstCurveMs, firstStepMs] = await Promise.all([
      since(timeUntil(page, CURVE)),
      since(timeUntil(page, STATUS, "step 1")),
    ]);
    const from = await stepNow(page);
    const { tasks, workMs, scriptMs } = await watchMainThread(opened, () => stepsTo(page, from + WATCHED));
    const steps = (await stepNow(page)) - from;
    const sorted = tasks.toSorted((a, b) => a - b);
    return {
      firstCurveMs,
      firstStepMs,
      workMs: workMs / steps,
      scriptMs: scriptMs / steps,
      p95Ms: sorted[Math.floor(0.95 * sorted.length)] ?? 0,
      longestMs: sorted.at(-1) ?? 0,
      over50: sorted.filter((each) => each > 50).length,
    };
  } finally {
    await browser.close();
  }
}

async function longRun(served: ServedPage, steps: number, say: (doing: string) => void) {
  const { browser, page, session } = await openPage(served, `${LONG}${steps}`, true);
  try {
    await page.getByRole("button", { name: "Train", exact: true }).click();
    const samples: { step: number; heap: number; frameMs: number; frameP95Ms: number }[] = [];
    for (let step = FIRST; step <= steps; step += FIRST) {
      await stepsTo(page, Math.min(step, steps - 1));
      const { median, p95 } = await frameTimes(page);
      samples.push({ step, heap: await heapBytes(session), frameMs: median, frameP95Ms: p95 });
      say(`${step} of ${steps} steps`);
    }
    return samples;
  } finally {
    await browser.close();
  }
}

type OpenPage = Awaited<ReturnType<typeof openPage>>["page"];

async function stepNow(page: OpenPage): Promise<number> {
  const line = (await page.locator(STATUS).textContent()) ?? "";
  return Number(/step (\d+)/.exec(line)?.[1] ?? 0);
}

/** Waits without a part of the page's main thread. */
async function stepsTo(page: OpenPage, step: number): Promise<void> {
  while ((await stepNow(page)) < step) await new Promise((resolve) => setTimeout(resolve, 250));
}

/** Milliseconds between the frames of a second. */
function frameTimes(page: OpenPage): Promise<{ readonly median: number; readonly p95: number }> {
  return page.evaluate(
    () =>
      new Promise<{ median: number; p95: number }>((resolve) => {
        const times: number[] = [];
        const start = performance.now();
        let last = start;
        const frame = (now: number) => {
          times.push(now - last);
          last = now;
          if (now - start < 1000) return void requestAnimationFrame(frame);
          const sorted = times.slice(1).sort((a, b) => a - b);
          const at = (share: number) => sorted[Math.floor(share * sorted.length)] ?? Number.NaN;
          resolve({ median: at(0.5), p95: at(0.95) });
        };
        requestAnimationFrame(frame);
      }),
  );
}
