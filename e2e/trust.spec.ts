import { readFileSync } from "node:fs";
import AxeBuilder from "@axe-core/playwright";
import { expect, type Page, test } from "@playwright/test";
import type { Receipt } from "../src/engine/run/receipt.ts";
import { diskSources } from "../tools/disk.ts";
import { openRuntime } from "../tools/program.mjs";
import { closeDrawer, onGraphics, openDrawer, record, smallRun, waitForStatus } from "./recorder.ts";

const panel = async (page: Page) => {
  await openDrawer(page, "Details");
  return page.getByRole("region", { name: "Check this device" });
};
const run = smallRun.replace("steps=24", "steps=3").replace("evaluateEvery=12", "evaluateEvery=3");

/** What the same engine in Node makes of the same run's files. */
async function inNode(receipt: Receipt): Promise<Receipt> {
  const runtime = await openRuntime();
  try {
    const { receiptOf } =
      await runtime.runner.import<typeof import("../src/engine/run/receipt.ts")>("/src/engine/run/receipt.ts");
    return await receiptOf({
      config: receipt.config,
      sources: diskSources,
      adapter: receipt.adapter,
      runtime: receipt.runtime,
      summary: receipt,
      rows: [],
      validation: receipt.validation,
      checks: receipt.checks,
    });
  } finally {
    await runtime.close();
  }
}

test.beforeEach(({ page }) => onGraphics(page));

test("the device passes its checks, which can be cancelled, and the receipt of a run carries them", async ({
  page,
}) => {
  const recording = await record(page);
  await page.goto(`/#/lab?${run}`);
  const own = await panel(page);
  await expect(own).toContainText("A receipt can be written while a run is paused or finished.");

  await own.getByRole("button", { name: "Run the checks" }).click();
  await expect(own.getByRole("progressbar", { name: "Checks done" })).toBeVisible();
  await own.getByRole("button", { name: "Cancel the checks" }).click();
  await expect(own.getByRole("status").first()).toContainText("The checks were cancelled.");

  await own.getByRole("button", { name: "Run the checks" }).click();
  await expect(own).toContainText("checks, all within tolerance", { timeout: 5 * 60_000 });
  await own.getByText("Every check, the worst first").click();
  const rows = own.getByRole("region", { name: "Every check" }).locator("tbody tr");
  const count = await rows.count();
  await expect(own).toContainText(`${count} checks, all within tolerance`);
  await expect(rows.filter({ hasText: "✓ passes" })).toHaveCount(count);
  const { violations } = await new AxeBuilder({ page }).include(".trust").analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" | ")}`)).toEqual([]);

  await closeDrawer(page);
  await page.getByRole("button", { name: "Train", exact: true }).click();
  await openDrawer(page, "Details");
  const again = own.getByRole("button", { name: "Run the checks again" });
  await expect(again).toBeDisabled();
  await expect(again).toHaveAccessibleDescription(/pause the run first/);
  await waitForStatus(page, "Finished");
  await expect(again).toBeEnabled();

  const downloading = page.waitForEvent("download");
  await own.getByRole("button", { name: "Download receipt" }).click();
  const receipt = JSON.parse(readFileSync(await (await downloading).path(), "utf8")) as Receipt;
  expect(receipt.checks).toMatchObject({ count, failures: [] });
  expect(receipt.steps).toBe(3);
  expect(receipt.losses?.last.value).toBe((await recording.losses()).at(-1));
  expect(receipt.runtime).toMatch(/^(Google )?Chrom(e|ium) \d+\./);
  const expected = await inNode(receipt);
  expect(receipt.sha256).toEqual(expected.sha256);
  expect(receipt.rankscope).toBe(expected.rankscope);
  await expect(own).toContainText(receipt.sha256.model);
  await expect(own).toContainText(`${count}, all within tolerance`);
  expect(recording.complaints).toEqual([]);
});

test("the kernels can be tuned, the choice is in the link, and on a software GPU it changes no bit", async ({
  page,
}) => {
  const recording = await record(page);
  await page.goto(`/#/lab?${run}`);
  const own = await panel(page);
  await own.getByRole("button", { name: "Tune the kernels" }).click();
  await expect(own).toContainText("Fastest here:", { timeout: 60_000 });
  const table = own.getByRole("table", { name: /Milliseconds of sample products/ });
  await expect(table.locator("tbody tr")).toHaveCount(4);
  await expect(table.locator("strong")).toHaveCount(4);
  await expect(own.getByRole("table", { name: /sample attention/ }).locator("strong")).toHaveCount(1);
  await expect(own.getByRole("table", { name: /sample norms/ }).locator("strong")).toHaveCount(1);
  await own.getByText("Share what was measured").click();
  const downloading = page.waitForEvent("download");
  await own.getByRole("button", { name: "Download as JSON" }).click();
  const file = readFileSync(await (await downloading).path(), "utf8");
  const pick = (name: string, text: string) =>
    own
      .getByLabel("A file of tuned kernels")
      .setInputFiles({ name, mimeType: "application/json", buffer: Buffer.from(text) });
  await pick("other.json", file.replace(/"vendor": "[^"]*"/, '"vendor": "somebody"'));
  await own.getByRole("button", { name: "Read the file" }).click();
  await expect(own).toContainText("other.json was measured on somebody");
  await expect(own).toContainText("they differ in vendor");
  await pick("newer.json", file.replace('"tuning": 1', '"tuning": 9'));
  await own.getByRole("button", { name: "Read the file" }).click();
  await expect(own).toContainText("newer.json is of version 9 of files of tuned kernels");
  const choice = "wide=plain,narrow=quads,long=quads,small=quads,reductions=subgroups";
  await pick("mine.json", file.replace(/"kernels": "[^"]*"/, `"kernels": "${choice}"`));
  await own.getByRole("button", { name: "Read the file" }).click();
  await expect(own).toContainText("mine.json was measured on google");
  await own.getByRole("button", { name: "Use the fastest from the next run" }).click();
  await expect(page).toHaveURL(new RegExp(`kernels=${choice}`));
  await own.getByRole("button", { name: "Back to the standard kernels" }).click();
  const { violations } = await new AxeBuilder({ page }).include(".trust").analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" | ")}`)).toEqual([]);
  await closeDrawer(page);
  await page.getByRole("button", { name: "Train", exact: true }).click();
  await waitForStatus(page, "Finished");
  const standard = await recording.losses();

  await page.goto(`/#/lab?${run}&kernels=wide=plain,narrow=plain,long=plain,small=plain`);
  await page.reload();
  await page.getByRole("button", { name: "Train", exact: true }).click();
  await waitForStatus(page, "Finished");
  // What was measured is still known.
  await openDrawer(page, "Details");
  await expect(table).toBeVisible();
  expect(await recording.losses()).toEqual(standard);
  await own.getByRole("button", { name: "Back to the standard kernels" }).click();
  await expect(own.getByRole("button", { name: "Back to the standard kernels" })).toBeHidden();
  expect(recording.complaints).toEqual([]);
});

test("a kernel that computes something else is found out by name", async ({ page }) => {
  await page.route(/trainer\.worker.*\.js/, async (route) => {
    const response = await route.fetch();
    const body = await response.text();
    const broken = body.replaceAll("out[i] = tanh(", "out[i] = 1.01 * tanh(");
    expect(broken).not.toBe(body);
    await route.fulfill({ response, body: broken });
  });
  await page.goto("/#/lab");
  const own = await panel(page);
  await own.getByRole("button", { name: "Run the checks" }).click();
  await expect(own).toContainText(/3 of \d+ checks FAILED/, { timeout: 5 * 60_000 });
  await expect(own.locator(".problems li")).toHaveText([
    /^tanh_forward kernel, 37/,
    /^tanh_forward kernel, 1029/,
    /^tanh gradient/,
  ]);
  await own.getByText("Every check, the worst first").click();
  const first = own.getByRole("region", { name: "Every check" }).locator("tbody tr").first();
  await expect(first).toContainText("✗ FAILS");
  await expect(first).toContainText("tanh");
});

test("on a phone the panel fits, with its table open", async ({ browser }) => {
  const context = await browser.newContext({ viewport: { width: 360, height: 780 }, colorScheme: "dark" });
  const page = await context.newPage();
  await page.goto("/#/lab");
  const own = await panel(page);
  await own.getByRole("button", { name: "Run the checks" }).press("Enter");
  await expect(own).toContainText("checks, all within tolerance", { timeout: 5 * 60_000 });
  await own.getByText("Every check, the worst first").press("Enter");
  await expect(own.getByRole("region", { name: "Every check" })).toBeVisible();
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
  const { violations } = await new AxeBuilder({ page }).include(".trust").analyze();
  expect(violations.map(({ id }) => id)).toEqual([]);
  await context.close();
});
