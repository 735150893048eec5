import AxeBuilder from "@axe-core/playwright";
import { expect, type Page, test } from "@playwright/test";
import { softwareGpuFlags } from "../tools/test/chromium.mjs";
import { record } from "./recorder.ts";

// On the processor, which is quicker than a software GPU.
test.use({
  launchOptions: async ({ launchOptions }, use) => {
    const args = softwareGpuFlags.filter((flag) => !flag.includes("webgpu"));
    await use({ ...launchOptions, args: [...args, "--disable-gpu"] });
  },
  permissions: ["clipboard-read", "clipboard-write"],
});

async function expectSound(page: Page): Promise<void> {
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" | ")}`)).toEqual([]);
}

test("a measurement can be cancelled, and a step profiled; a phone has room for both", async ({ browser }) => {
  const context = await browser.newContext({ viewport: { width: 360, height: 780 }, colorScheme: "dark" });
  const page = await context.newPage();
  const recording = await record(page);
  await page.goto("/#/bench");
  await expect(page.getByRole("heading", { name: "How fast is this device?" })).toBeVisible();
  await page.getByRole("button", { name: "Measure this device" }).click();
  await expect(page.getByText(/Products: \[/)).toBeVisible({ timeout: 60_000 });
  await page.getByRole("button", { name: "Cancel the measurement" }).click();
  await expect(page.getByText("The measurement was cancelled.")).toBeVisible({ timeout: 60_000 });

  await page.getByRole("button", { name: "Profile the step" }).click();
  const kernels = page.getByRole("region", { name: "Kernels of the step" });
  await expect(kernels.locator("tbody tr", { hasText: "matmul" }).first()).toBeVisible({ timeout: 3 * 60_000 });
  await expectSound(page);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
  expect(recording.complaints.filter((complaint) => !complaint.includes("No available adapters"))).toEqual([]);
  await context.close();
});

test("every row has its time or says why not, and the report can be copied", async ({ page }) => {
  await page.goto("/#/bench");
  await page.getByRole("button", { name: "Measure this device" }).click();
  const rows = page.getByRole("region", { name: "Measurements" }).locator("tbody tr");
  await expect(rows).toHaveCount(15, { timeout: 8 * 60_000 });
  await expect(rows.filter({ hasText: "failed" })).toHaveCount(0);
  await expect(rows.filter({ hasText: "Product [512×512×512]" })).toBeVisible();
  await page.getByRole("button", { name: "Copy the report" }).click();
  await expect(page.getByText("The report is in the clipboard")).toBeVisible();
  const text = await page.evaluate(() => navigator.clipboard.readText());
  expect(text).toMatch(/^# Rankscope \S+ on processor, (one thread|[2-8] threads), arithmetic 2\n/);
  expect(text.match(/^\| /gm)).toHaveLength(17);
  await expectSound(page);
});
