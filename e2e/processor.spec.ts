import AxeBuilder from "@axe-core/playwright";
import { expect, test } from "@playwright/test";
import { softwareGpuFlags } from "../tools/test/chromium.mjs";
import { openDrawer, record, smallRun, waitForStatus } from "./recorder.ts";

// A browser that finds no graphics adapter.
test.use({
  launchOptions: async ({ launchOptions }, use) => {
    const args = softwareGpuFlags.filter((flag) => !flag.includes("webgpu"));
    await use({ ...launchOptions, args: [...args, "--disable-gpu"] });
  },
});

test("without a graphics device the page trains on the processor, says so, and can be stopped", async ({ page }) => {
  const recording = await record(page);
  await page.goto("/");
  expect(await page.evaluate(() => crossOriginIsolated), "threads can share memory").toBe(true);
  await expect(page.getByRole("status").first()).toContainText(
    /training runs on the processor, in (one thread|[2-8] threads)\./,
  );
  await expect(page.getByRole("button", { name: "Start", exact: true }).first()).toBeEnabled();
  expect((await new AxeBuilder({ page }).analyze()).violations.map(({ id }) => id)).toEqual([]);

  await page.goto(`/#/lab?${smallRun}`);
  await page.getByRole("button", { name: "Train", exact: true }).click();
  await waitForStatus(page, "Finished");
  await expect(page.locator(".device")).toHaveText("Processor");
  const losses = await recording.losses();
  expect(losses).toHaveLength(24);
  const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;
  expect(mean(losses.slice(-8))).toBeLessThan(mean(losses.slice(0, 8)));

  // A step is computed in one go; between two the page is heard.
  await page.getByRole("textbox", { name: "Steps", exact: true }).fill("5000");
  await page.getByRole("button", { name: /^Train/ }).click();
  await waitForStatus(page, /Training/);
  await page.getByRole("button", { name: "Pause" }).click();
  await waitForStatus(page, "Paused");

  await openDrawer(page, "Details");
  const own = page.getByRole("region", { name: "Check this device" });
  await own.getByRole("button", { name: "Run the checks" }).click();
  await expect(own).toContainText("checks, all within tolerance", { timeout: 5 * 60_000 });
  expect(recording.complaints.filter((complaint) => !complaint.includes("No available adapters"))).toEqual([]);
});

test("a run that a processor would take too long for is refused with numbers", async ({ page }) => {
  const recording = await record(page);
  await page.goto("/#/lab?v=1&batchSize=128&maxTokens=128&steps=2&shots=256&model=use-lite&validationRows=8");
  const run = page.getByRole("region", { name: "Run", exact: true });
  await expect(run).toContainText(/a step of this run would take about \d+ s, and up to 20 s are accepted/);
  const train = page.getByRole("button", { name: "Train", exact: true });
  await expect(train).toBeDisabled();
  await expect(page.getByRole("button", { name: "Copy link" }), "it may run elsewhere").toBeEnabled();
  expect((await new AxeBuilder({ page }).analyze()).violations.map(({ id }) => id)).toEqual([]);
  const [, most] = /Batch to at most (\d+)/.exec(await run.innerText())!;
  await run.getByRole("button", { name: "Batch", exact: true }).click();
  await expect(page.getByRole("textbox", { name: "Batch" })).toBeFocused();
  await page.keyboard.press("Control+A");
  await page.keyboard.type(`${Number(most) + 1}`);
  await expect(train).toBeDisabled();
  await page.keyboard.press("Control+A");
  await page.keyboard.type(most!);
  await expect(run).not.toContainText("would take about");
  await expect(train).toBeEnabled();
  expect(recording.complaints.filter((complaint) => !complaint.includes("No available adapters"))).toEqual([]);
});
