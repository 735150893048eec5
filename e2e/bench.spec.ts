import AxeBuilder from "@axe-core/playwright";
import { expect, type Page, test } from "@playwright/test";
import { openRuntime } from "../tools/program.mjs";
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
  await page.getByRole("button", { name: "Copy a link with the figures" }).click();
  await expect(page.getByText("A link with these figures is in the clipboard")).toBeVisible();
  const link = await page.evaluate(() => navigator.clipboard.readText());
  await page.evaluate((to) => window.location.assign(to), link);
  const others = page.getByRole("region", { name: "Theirs and those of this device" }).locator("tbody tr");
  await expect(others).toHaveCount(15);
  // What was measured here is still there, and the same.
  const [theirs, here] = await others.first().locator("td").allTextContents();
  expect(here).toBe(theirs);
  await expectSound(page);
});

test("figures of somebody else are shown as such, and links that cannot be read say why", async ({ browser }) => {
  const runtime = await openRuntime();
  const { benchQuery } =
    await runtime.runner.import<typeof import("../src/app/state/benchLink.ts")>("/src/app/state/benchLink.ts");
  await runtime.close();
  const query = benchQuery({
    rankscope: "0.1.0",
    when: "2001-02-03T04:05:06.000Z",
    runtime: "Chromium 1",
    device: "somebody one <b>in WebGPU's compatibility mode</b>",
    kind: "hardware",
    rows: [
      { group: "Products", name: "[8×512×768]", value: 1.5, unit: "ms" },
      { group: "Spectra", name: "r = 8", unit: "ms", said: "too noisy to report" },
    ],
  });
  const context = await browser.newContext({ viewport: { width: 360, height: 780 }, colorScheme: "dark" });
  const page = await context.newPage();
  const recording = await record(page);
  await page.goto(`/#/bench?${query}`);
  const others = page.getByRole("region", { name: "Figures of somebody else" });
  await expect(others).toContainText("nobody has checked them here");
  await expect(others).toContainText(
    "somebody one <b>in WebGPU's compatibility mode</b>, a graphics card, in Chromium 1",
  );
  await expect(others).toContainText("03/02/2001");
  await expect(others.locator("tbody tr").first().locator("td")).toHaveText(["1.50 ms", "–"]);
  await expect(others.locator("tbody tr").last()).toContainText("too noisy to report");
  await expectSound(page);
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);

  await page.goto(`/#/bench?${query.slice(0, -3)}`);
  await expect(page.getByRole("alert")).toContainText("was cut off or changed since it was copied: it is not whole");
  await page.goto(`/#/bench?${query.replace("v=1", "v=2")}`);
  await expect(page.getByRole("alert")).toContainText("is of version 2, and this program reads version 1");
  await expectSound(page);
  await expect(page.getByRole("button", { name: "Measure this device" })).toBeVisible();
  expect(recording.complaints.filter((complaint) => !complaint.includes("No available adapters"))).toEqual([]);
  await context.close();
});
