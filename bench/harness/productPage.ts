// The product's own page, built and opened in a browser of its own, and what its main thread does there.
import { fileURLToPath } from "node:url";
import { type Browser, type CDPSession, chromium, type Page } from "@playwright/test";
import { build, preview } from "vite";
import { ensureChromium, softwareGpuFlags } from "../../tools/test/chromium.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
const configFile = fileURLToPath(new URL("../../vite.config.ts", import.meta.url));
const builtHere = fileURLToPath(new URL("../../node_modules/.cache/bench-page", import.meta.url));

/** What of a task of the main thread the trace says. */
interface TraceEvent {
  readonly name: string;
  readonly ph: string;
  readonly pid: number;
  readonly tid: number;
  /** Microseconds. */
  readonly dur?: number;
  readonly args?: { readonly name?: string };
}

/** The main thread over a stretch of time. */
export interface MainThread {
  /** Milliseconds of all that it did, and of its scripts, by its own clock. */
  readonly workMs: number;
  readonly scriptMs: number;
  /** Milliseconds of its tasks of at least one, in their order. */
  readonly tasks: readonly number[];
}

export interface ServedPage {
  readonly url: string;
  close(): Promise<void>;
}

/** Serves the page as it is built from this folder, or as it lies built in another one. @param built that folder. */
export async function servePage(built?: string): Promise<ServedPage> {
  const outDir = built ?? builtHere;
  if (built === undefined) await build({ root, configFile, logLevel: "warn", build: { outDir, emptyOutDir: true } });
  const server = await preview({ root, configFile, logLevel: "warn", build: { outDir }, preview: { port: 0 } });
  return { url: server.resolvedUrls!.local[0]!, close: () => server.close() };
}

/** A page of the product in a new browser. @param onProcessor what it is to train on. */
export async function openPage({ url }: ServedPage, hash: string, onProcessor: boolean) {
  const browser = await chromium.launch({
    executablePath: ensureChromium(),
    args: [...softwareGpuFlags, "--disable-dev-shm-usage", "--js-flags=--expose-gc"],
  });
  const page = await browser.newPage({ viewport: { width: 1440, height: 900 } });
  await page.addInitScript((chosen) => localStorage.setItem("rankscope.processor", String(chosen)), onProcessor);
  await page.goto(`${url}${hash}`);
  const session = await page.context().newCDPSession(page);
  await session.send("Performance.enable", { timeDomain: "threadTicks" });
  return { browser, page, session };
}

/** Milliseconds until something is there, looked for in every frame. */
export function timeUntil(page: Page, selector: string, text?: string): Promise<number> {
  return page.evaluate(
    ([wanted, words]) =>
      new Promise<number>((resolve) => {
        const start = performance.now();
        const look = () => {
          const found = [...document.querySelectorAll(wanted!)].some(
            (each) => !words || each.textContent?.includes(words),
          );
          if (found) resolve(performance.now() - start);
          else requestAnimationFrame(look);
        };
        look();
      }),
    [selector, text] as const,
  );
}

/** What the main thread does while something else is waited for. */
export async function watchMainThread(
  { browser, page, session }: { readonly browser: Browser; readonly page: Page; readonly session: CDPSession },
  until: () => Promise<unknown>,
): Promise<MainThread> {
  const before = await counters(session);
  await browser.startTracing(page, { categories: ["toplevel", "disabled-by-default-devtools.timeline", "__metadata"] });
  await until();
  const trace = JSON.parse((await browser.stopTracing()).toString()) as { readonly traceEvents: readonly TraceEvent[] };
  const after = await counters(session);
  return {
    workMs: after.workMs - before.workMs,
    scriptMs: after.scriptMs - before.scriptMs,
    tasks: tasksOf(trace.traceEvents),
  };
}

/** Bytes of the page's heap once what nobody holds is gone. */
export async function heapBytes(session: CDPSession): Promise<number> {
  for (let time = 0; time < 2; time++) await session.send("HeapProfiler.collectGarbage");
  return (await session.send("Runtime.getHeapUsage")).usedSize;
}

async function counters(session: CDPSession): Promise<{ readonly workMs: number; readonly scriptMs: number }> {
  const { metrics } = await session.send("Performance.getMetrics");
  const of = (wanted: string) => 1000 * (metrics.find(({ name }) => name === wanted)?.value ?? Number.NaN);
  return { workMs: of("TaskDuration"), scriptMs: of("ScriptDuration") };
}

/** Tasks of the main thread that had most to do: the page's, not those of other tabs or of the browser's own pages. */
function tasksOf(events: readonly TraceEvent[]): number[] {
  const threads = events.filter(({ name, args }) => name === "thread_name" && args?.name === "CrRendererMain");
  const all = threads.map(({ pid, tid }) =>
    events
      .filter((event) => event.pid === pid && event.tid === tid && event.ph === "X" && /RunTask$/.test(event.name))
      .map(({ dur = 0 }) => dur / 1000),
  );
  const sum = (tasks: readonly number[]) => tasks.reduce((total, each) => total + each, 0);
  const busiest = all.toSorted((a, b) => sum(b) - sum(a))[0] ?? [];
  return busiest.filter((each) => each >= 1);
}
