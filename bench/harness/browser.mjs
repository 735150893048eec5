// One headless Chromium with a tab for every contestant, and what can be seen of it from outside.
import { readdirSync, readFileSync } from "node:fs";
import { chromium } from "@playwright/test";
import { ensureChromium, softwareGpuFlags } from "../../tools/test/chromium.mjs";
import { countCalls } from "./calls.mjs";

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

export async function launch(url, { hardware }) {
  const browser = await chromium.launch({
    executablePath: ensureChromium(),
    args: [...(hardware ? hardwareFlags : softwareGpuFlags), ...flags],
  });
  const system = await browser.newBrowserCDPSession();
  const tabs = new Map();

  /** Milliseconds of processor time that the browser's GPU process and tabs have used. */
  const cpuMs = async () => {
    const { processInfo } = await system.send("SystemInfo.getProcessInfo");
    return processInfo
      .filter(({ type }) => type === "GPU" || type === "renderer")
      .reduce((sum, { id, cpuTime }) => sum + (ownCpuMs(id) ?? 1000 * cpuTime), 0);
  };

  /** Bytes that the GPU process has to itself. @throws where that cannot be known. */
  const gpuMemory = async () => {
    const { processInfo } = await system.send("SystemInfo.getProcessInfo");
    const { id } = processInfo.find(({ type }) => type === "GPU");
    const rollup = readFileSync(`/proc/${id}/smaps_rollup`, "utf8");
    const kilobytes = [...rollup.matchAll(/^Private_\w+:\s+(\d+) kB$/gm)].map(([, each]) => Number(each));
    return 1024 * kilobytes.reduce((sum, each) => sum + each, 0);
  };

  return {
    version: browser.version(),
    gpuMemory,
    close: () => browser.close(),

    /** Opens a contestant's tab, once. @param name of its page, with a query after a `?`. */
    async tab(name) {
      if (!tabs.has(name)) tabs.set(name, openTab(browser, url, name));
      return tabs.get(name);
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

async function openTab(browser, url, name) {
  const page = await browser.newPage();
  page.on("pageerror", (error) => console.error(`[${name}] ${error.message}`));
  await page.addInitScript(countCalls);
  const [file, query] = name.split("?");
  await page.goto(`${url}pages/${file}.html${query ? `?${query}` : ""}`);
  await page.waitForFunction(() => window.bench, undefined, { timeout: 60_000 });
  const call = (method, ...given) => page.evaluate(([key, values]) => window.bench[key](...values), [method, given]);
  const about = await call("open");
  const can = new Set(await page.evaluate(() => Object.keys(window.bench)));
  const session = await page.context().newCDPSession(page);
  await session.send("Performance.enable", { timeDomain: "threadTicks" });
  return {
    name,
    about,
    can,
    call,
    /** WebGPU calls that the page has made so far, by sort. */
    calls: () => page.evaluate(() => ({ ...window.webgpuCalls })),
    /** Milliseconds that the page's main thread has worked. */
    async hostMs() {
      const { metrics } = await session.send("Performance.getMetrics");
      return 1000 * metrics.find(({ name }) => name === "TaskDuration").value;
    },
  };
}

/** Linux counts nanoseconds per thread, where Chromium gives hundredths of a second. */
function ownCpuMs(process) {
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
