// One headless Chromium with a tab for every contestant, and what can be seen of it from outside.
import { readdirSync, readFileSync } from "node:fs";
import { type Browser, chromium } from "@playwright/test";
import { ensureChromium, softwareGpuFlags } from "../../tools/test/chromium.mjs";
import type { Contestant, ExactPage, Rival } from "../contract.ts";
import type { OwnPage } from "../ours/main.ts";
import { countCalls, type WebgpuCalls } from "./calls.ts";

/** Tabs in the background are to run as fast as the one in front, and clocks are to be fine. */
const flags = [
  "--disable-background-timer-throttling",
  "--disable-backgrounding-occluded-windows",
  "--disable-renderer-backgrounding",
  "--disable-dev-shm-usage",
  "--enable-webgpu-developer-features",
];
const hardwareFlags = [
  ...softwareGpuFlags.filter((flag) => !flag.startsWith("--use-webgpu-adapter")),
  "--enable-features=Vulkan",
  "--use-angle=vulkan",
  "--disable-vulkan-surface",
  "--ignore-gpu-blocklist",
];

type Method = (...given: never[]) => unknown;
type MethodOf<P, M extends keyof P> = Extract<P[M], Method>;

/** The page of a contestant. */
export interface Tab<P extends Pick<Contestant, "open"> = Pick<Contestant, "open">> {
  /** What it says of itself. */
  readonly about: Awaited<ReturnType<P["open"]>>;
  /** What it offers to be called. */
  readonly can: ReadonlySet<string>;
  /** Calls a method in the page. */
  call<M extends keyof P & string>(
    method: M,
    ...given: Parameters<MethodOf<P, M>>
  ): Promise<Awaited<ReturnType<MethodOf<P, M>>>>;
  /** WebGPU calls that the page has made so far. */
  calls(): Promise<WebgpuCalls>;
  /** Milliseconds that the page's main thread has worked. */
  hostMs(): Promise<number>;
}

/** The engine's, which can do what every rival can, and more. */
export type OwnTab = Tab<Rival> & Tab<OwnPage>;

/** The tabs by the names of their pages, with a query after a `?`. */
export interface Tabs {
  readonly ours: OwnTab;
  readonly "ours?device=cpu": OwnTab;
  readonly "ours?device=cpu&threads=1": OwnTab;
  readonly "ours?device=cpu&threads=2": OwnTab;
  readonly exact: Tab<ExactPage>;
  readonly jax: Tab<Rival>;
  readonly "jax?backend=wasm": Tab<Rival>;
  readonly tfjs: Tab<Rival>;
  readonly ort: Tab<Rival>;
}

/** What something gave, and what it took by both clocks. */
export interface Timed<T> {
  readonly value: T;
  readonly wallMs: number;
  /** Of the browser's GPU process and its tabs. */
  readonly cpuMs: number;
}

export interface Launched {
  readonly version: string;
  /** Bytes that the GPU process has to itself. @throws where that cannot be known. */
  gpuMemory(): Promise<number>;
  close(): Promise<void>;
  /** Opens a contestant's tab, once. */
  tab<N extends keyof Tabs>(name: N): Promise<Tabs[N]>;
  timed<T>(run: () => Promise<T>): Promise<Timed<T>>;
}

export async function launch(url: string, { hardware }: { readonly hardware: boolean }): Promise<Launched> {
  const browser = await chromium.launch({
    executablePath: ensureChromium(),
    args: [...(hardware ? hardwareFlags : softwareGpuFlags), ...flags],
  });
  const system = await browser.newBrowserCDPSession();
  const tabs = new Map<string, ReturnType<typeof openTab>>();

  const cpuMs = async () => {
    const { processInfo } = await system.send("SystemInfo.getProcessInfo");
    return processInfo
      .filter(({ type }) => type === "GPU" || type === "renderer")
      .reduce((sum, { id, cpuTime }) => sum + (ownCpuMs(id) ?? 1000 * cpuTime), 0);
  };

  return {
    version: browser.version(),
    close: () => browser.close(),

    async gpuMemory() {
      const { processInfo } = await system.send("SystemInfo.getProcessInfo");
      const id = processInfo.find(({ type }) => type === "GPU")?.id;
      const rollup = readFileSync(`/proc/${id}/smaps_rollup`, "utf8");
      const kilobytes = [...rollup.matchAll(/^Private_\w+:\s+(\d+) kB$/gm)].map(([, each]) => Number(each));
      return 1024 * kilobytes.reduce((sum, each) => sum + each, 0);
    },

    tab(name) {
      const opened = tabs.get(name) ?? openTab(browser, url, name);
      tabs.set(name, opened);
      return opened;
    },

    async timed(run) {
      const before = await cpuMs();
      const started = performance.now();
      const value = await run();
      const wallMs = performance.now() - started;
      return { value, wallMs, cpuMs: (await cpuMs()) - before };
    },
  };
}

async function openTab(browser: Browser, url: string, name: string) {
  const page = await browser.newPage();
  page.on("pageerror", (error) => console.error(`[${name}] ${error.message}`));
  await page.addInitScript(countCalls);
  const [file, query] = name.split("?");
  await page.goto(`${url}pages/${file}.html${query ? `?${query}` : ""}`);
  await page.waitForFunction(() => window.bench, undefined, { timeout: 60_000 });
  // What comes back is what the page's own type says: `Tab` holds calls to it.
  const call = (method: string, ...given: readonly unknown[]) =>
    page.evaluate(([key, values]) => Reflect.get(window.bench ?? {}, key)(...values), [method, given] as const);
  const about = await call("open");
  const can = new Set(await page.evaluate(() => Object.keys(window.bench ?? {})));
  const session = await page.context().newCDPSession(page);
  await session.send("Performance.enable", { timeDomain: "threadTicks" });
  return {
    about,
    can,
    call,
    calls: () => page.evaluate(() => ({ ...window.webgpuCalls })),
    async hostMs() {
      const { metrics } = await session.send("Performance.getMetrics");
      return 1000 * (metrics.find(({ name }) => name === "TaskDuration")?.value ?? Number.NaN);
    },
  };
}

/** Linux counts nanoseconds per thread, where Chromium gives hundredths of a second. */
function ownCpuMs(process: number): number | undefined {
  try {
    const threads = readdirSync(`/proc/${process}/task`);
    const nanoseconds = threads.map((thread) => {
      const [onCpu] = readFileSync(`/proc/${process}/task/${thread}/schedstat`, "utf8").split(" ");
      return Number(onCpu);
    });
    return nanoseconds.reduce((sum, each) => sum + each, 0) / 1e6;
  } catch {
    return undefined;
  }
}
