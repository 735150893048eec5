import { existsSync, mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { chromium, type Page } from "@playwright/test";
import { preview } from "vite";
import { UsageError } from "../commandLine.ts";
import { root } from "../program.mjs";
import { ensureChromium, softwareGpuFlags } from "../test/chromium.mjs";
import { MemoryWatch, startedBy } from "./processMemory.ts";
import type { StageTable } from "./stageTable.ts";

const MINUTES = 60_000;

interface Options {
  readonly table: StageTable;
  readonly isGpu: boolean;
  /** "inspection" ends after it. */
  readonly only: string | undefined;
}

/** Opens a folder in the page, trains on it, and downloads what can be. */
export async function measurePage(folder: string, link: string, { table, isGpu, only }: Options): Promise<void> {
  if (!existsSync(path.join(root, "dist/index.html"))) throw new UsageError("build the page first: npm run build");
  const server = await preview({ root, logLevel: "error", preview: { port: Number(process.env.E2E_PORT ?? 4173) } });
  const before = new Set(startedBy([process.pid]));
  const args = isGpu
    ? softwareGpuFlags
    : [...softwareGpuFlags.filter((flag) => !flag.includes("webgpu")), "--disable-gpu"];
  // A visitor's browser keeps a profile on the disk; a test's keeps in memory what pages store.
  const profile = mkdtempSync(path.join(tmpdir(), "rankscope-memory-"));
  const viewport = { width: 1440, height: 900 };
  const options = { executablePath: ensureChromium(), args, viewport, headless: true };
  const browser = await chromium.launchPersistentContext(profile, options);
  const watch = new MemoryWatch(() => startedBy([process.pid]).filter((pid) => !before.has(pid)));
  try {
    const page = browser.pages()[0] ?? (await browser.newPage());
    page.setDefaultTimeout(15 * MINUTES);
    await page.addInitScript((isProcessor) => localStorage.setItem("rankscope.processor", String(isProcessor)), !isGpu);
    await page.goto(`${server.resolvedUrls!.local[0]}#/lab?${link}&c=hand`);
    await page.getByText("Open another model").click();
    await settled(page);
    watch.takeHighest();
    table.add("page open", watch.takeHighest());
    await page.getByLabel("Folder", { exact: true }).setInputFiles(folder);
    const panel = page.locator(".open-model");
    await panel.getByRole("button", { name: "Use this model" }).waitFor();
    table.tell(await panel.innerText());
    table.add("inspection", watch.takeHighest());
    if (only === "inspection") return;
    await page.getByRole("button", { name: "Use this model" }).click();
    await page.waitForURL(/model=file:/);
    table.add("use", watch.takeHighest());
    const status = page.locator(".status .line");
    await page.getByRole("button", { name: "Train", exact: true }).click();
    await status.filter({ hasText: /Training|Validating|Measuring|Finished/ }).waitFor();
    table.add("load and prepare", watch.takeHighest());
    await status.filter({ hasText: "Finished" }).waitFor();
    table.add("training", watch.takeHighest());
    await page.getByRole("button", { name: "Export", exact: true }).click();
    for (const what of ["Adapter", "Merged model", "ONNX"]) {
      const downloading = page.waitForEvent("download");
      await page.getByRole("button", { name: `Download ${what}` }).click();
      const download = await downloading;
      const failure = await download.failure();
      if (failure) throw new Error(`${what}: ${failure}`);
      await download.delete();
      table.add(`export: ${what}`, watch.takeHighest());
    }
    await settled(page);
    watch.takeHighest();
    await settled(page);
    table.add("afterwards", watch.takeHighest());
  } catch (error) {
    // What the page says of it says more than what was waited for.
    const [page] = browser.pages();
    console.error(await page?.locator("main").innerText());
    throw error;
  } finally {
    watch.stop();
    await browser.close();
    await server.close();
    rmSync(profile, { recursive: true, force: true });
  }
}

/** Waits until what was started has had its time. */
async function settled(page: Page): Promise<void> {
  await page.waitForTimeout(4000);
}
