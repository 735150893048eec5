import { readFileSync } from "node:fs";
import AxeBuilder from "@axe-core/playwright";
import { expect, type Page, test } from "@playwright/test";
import { record, shelf, smallRun, waitForStatus } from "./recorder.ts";

const short = smallRun.replace("steps=24", "steps=12").replace("evaluateEvery=12", "evaluateEvery=6");
const train = (page: Page) => page.getByRole("button", { name: "Train", exact: true });

test("before the first own step the lab shows the preset's recorded run, labelled as recorded", async ({ page }) => {
  const recording = await record(page);
  await page.goto("/#/lab");
  const headline = page.locator(".headline");
  await expect(headline).toContainText("A recorded run, until yours has begun");
  await page.getByRole("button", { name: "just watch" }).click();
  await expect(headline).toContainText(/with updates of rank \d/);
  await expect(page.locator(".layer-cell")).toHaveCount(24);
  await expect(shelf(page), "it is none of the visitor's").toHaveCount(0);
  // It is one of these settings; of others nothing was recorded.
  await page.getByLabel("Rank r").fill("4");
  await expect(headline).toHaveCount(0);
  await expect(page.getByText("Press Train: the singular values")).toBeVisible();
  await page.goto(`/#/lab?${short}`);
  await train(page).click();
  await waitForStatus(page, "Finished");
  await expect(headline).not.toContainText("recorded");
  expect(recording.complaints).toEqual([]);
});

test("one step is pointed at in every chart, by mouse and by keys, and read out", async ({ page }) => {
  const recording = await record(page);
  await page.goto(`/#/lab?${short}`);
  await train(page).click();
  await waitForStatus(page, "Finished");
  const losses = await recording.losses();
  const smoothed = losses.reduce((mean, each) => 0.9 * mean + 0.1 * each, 0) / (1 - 0.9 ** losses.length);
  await expect(page.locator(".status .line"), "no single batch").toContainText(`loss ${smoothed.toFixed(3)}`);
  const spectrum = page.getByRole("slider", { name: /^Singular values of / });
  const loss = page.getByRole("slider", { name: "Loss: step" });
  await expect(spectrum).toHaveAttribute("aria-valuetext", /^step 12: σ₁ \d/);
  await spectrum.focus();
  await page.keyboard.press("Home");
  await expect(spectrum, "measured before the first step").toHaveAttribute(
    "aria-valuetext",
    /^step 0: σ₁ 0\.001, σ₂ 0\.001,/,
  );
  await expect(page.locator(".readout")).toHaveCount(3);
  await page.keyboard.press("ArrowRight");
  await expect(spectrum).toHaveAttribute("aria-valuetext", /^step 2: /);
  await expect(loss).toHaveAttribute("aria-valuetext", /^step 2: smoothed \d/);
  await page.keyboard.press("Enter");
  await page.mouse.move(5, 5);
  await expect(page.locator(".readout").first(), "pinned").toContainText("step 2 pinned");
  await page.keyboard.press("Escape");
  await expect(page.locator(".readout")).toHaveCount(0);
  await loss.hover({ position: { x: 80, y: 60 } });
  await expect(page.locator(".cursor")).toHaveCount(3);
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" | ")}`)).toEqual([]);
  expect(recording.complaints).toEqual([]);
});

test.describe("by touch", () => {
  test.use({ hasTouch: true, viewport: { width: 390, height: 844 } });

  test("a finger points at a step in every chart, and what it read stays until another place is touched", async ({
    page,
  }) => {
    const recording = await record(page);
    await page.goto(`/#/lab?${short}`);
    await train(page).tap();
    await waitForStatus(page, "Finished");
    const spectrum = page.getByRole("slider", { name: /^Singular values of / });
    await spectrum.scrollIntoViewIfNeeded();
    const { x, y } = (await spectrum.boundingBox())!;
    await page.touchscreen.tap(x + 120, y + 60);
    await expect(page.locator(".readout")).toHaveCount(3);
    await expect(page.locator(".readout").first()).not.toContainText("pinned");
    const [step] = /^step \d+/.exec((await spectrum.getAttribute("aria-valuetext"))!)!;
    await expect(page.locator(".readout").first()).toContainText(step);
    await page.locator(".headline .sentence").tap();
    await expect(page.locator(".readout")).toHaveCount(0);
    expect(recording.complaints).toEqual([]);
  });
});

test("a chart's numbers and pictures can be had", async ({ page }) => {
  const recording = await record(page);
  await page.goto(`/#/lab?${short}`);
  await train(page).click();
  await waitForStatus(page, "Finished");
  const menu = page.getByRole("button", { name: /^Singular values of the update: table/ });
  const choose = async (what: string) => {
    await menu.click();
    const downloading = page.waitForEvent("download");
    await page.getByRole("button", { name: what }).click();
    return readFileSync(await (await downloading).path());
  };
  const csv = (await choose("Save as CSV")).toString().trim().split("\r\n");
  expect(csv[0]).toBe("Step,σ₁,σ₂,σ₃,σ₄,σ₅,σ₆,σ₇,σ₈");
  expect(csv.slice(1).map((row) => row.split(",")[0])).toEqual(["0", "2", "4", "6", "8", "10", "12"]);
  const svg = (await choose("Save as SVG")).toString();
  expect(svg).toContain("Singular values of the update");
  expect(
    svg.match(/stroke:rgb\(0, 114, 178\)/g)!.length,
    "its lines have their colour without style sheets",
  ).toBeGreaterThan(7);
  const png = await choose("Save as PNG");
  expect(png.subarray(1, 4).toString()).toBe("PNG");
  expect(png.length).toBeGreaterThan(10_000);
  await menu.click();
  await page.getByRole("button", { name: "View as table" }).click();
  await expect(page.getByRole("dialog").locator("tbody tr")).toHaveCount(7);
  await page.keyboard.press("Escape");
  await expect(page.getByRole("dialog")).toHaveCount(0);
  expect(recording.complaints).toEqual([]);
});

test("validations of the loss are rings and those of the metric discs; Copy link confirms", async ({
  page,
  context,
}) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const recording = await record(page);
  await page.goto(`/#/lab?${short}`);
  await train(page).click();
  await waitForStatus(page, "Finished");
  const loss = page.getByRole("region", { name: "Loss", exact: true });
  const metric = page.getByRole("region", { name: "Pearson", exact: true });
  await expect(loss.locator("circle.ring")).toHaveCount(3);
  await expect(loss.locator("circle.head")).toHaveCount(0);
  await expect(metric.locator("circle.head")).toHaveCount(3);
  await expect(metric.locator("circle.ring")).toHaveCount(0);
  await page.getByRole("button", { name: "Copy link" }).click();
  await expect(page.getByText("Link copied", { exact: true })).toBeVisible();
  expect(await page.evaluate(() => navigator.clipboard.readText())).toBe(page.url());
  expect(recording.complaints).toEqual([]);
});

test("a third run does not take the first away: runs are ticked, taken off and taken up again", async ({ page }) => {
  const recording = await record(page);
  await page.goto(`/#/lab?${short}`);
  await train(page).click();
  await waitForStatus(page, "Finished");
  for (const seed of ["8", "9"]) {
    await page.getByRole("button", { name: "New seed" }).click();
    await page.getByRole("button", { name: "Train beside it" }).click();
    await expect(shelf(page)).toHaveCount(Number(seed) - 6);
    await waitForStatus(page, "Finished");
  }
  await expect(page.locator(".numeral")).toHaveCount(3);
  const looks = await page
    .locator(".shelf li")
    .evaluateAll((items) => items.map(({ className }) => className.split(" ")[0]));
  expect(looks).toEqual(["look-2", "look-1", "look-0"]);
  await page.getByRole("checkbox", { name: /run 1$/ }).uncheck();
  await expect(page.locator(".numeral")).toHaveCount(2);
  await shelf(page).nth(1).getByRole("button").first().click();
  await expect(shelf(page).nth(1)).toContainText(/Differs: Seed \d+/);
  await page.getByRole("button", { name: "Remove this run" }).click();
  await expect(shelf(page)).toHaveCount(2);
  expect(recording.complaints).toEqual([]);
});

test("layers are chosen by click and key, the chart's scale and view by key", async ({ page }) => {
  await page.goto("/#/lab");
  await page.locator(".layer-cell").nth(8).click();
  const chart = page.getByRole("slider", { name: /^Singular values of / });
  await expect(chart).toHaveAttribute("aria-label", "Singular values of 1.value: step");
  await page.locator("#main").focus();
  await page.keyboard.press("]");
  await expect(chart).toHaveAttribute("aria-label", "Singular values of 1.output: step");
  await page.keyboard.press("l");
  await expect(page.getByRole("button", { name: "Linear" })).toHaveAttribute("aria-pressed", "true");
  await page.keyboard.press("h");
  await expect(page.locator(".heat canvas")).toBeVisible();
});

for (const [width, height] of [
  [320, 480],
  [720, 420],
  [740, 360],
  [844, 390],
  [1280, 720],
  [1440, 900],
] as const)
  test(`Train and a chart are on the first screen at ${width} × ${height}`, async ({ page }) => {
    await page.setViewportSize({ width, height });
    await page.goto("/#/lab");
    await expect(page.locator(".headline")).toContainText("recorded");
    await expect(train(page)).toBeInViewport({ ratio: 1 });
    const seen = await page.locator(".hero-card .plot").evaluate((plot) => {
      const { left, right, top, bottom } = plot.getBoundingClientRect();
      const shares = Array.from({ length: 20 }, (_, at) => (at + 0.5) / 20);
      const points = shares.map((y) => document.elementFromPoint((left + right) / 2, top + y * (bottom - top)));
      return points.filter((at) => at !== null && plot.contains(at)).length / points.length;
    });
    expect(seen, "of its height, under no bar").toBeGreaterThan(width < 400 ? 0.3 : 0.6);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
  });

test("in a frame of 720 × 420 Train is within reach", async ({ page, baseURL }) => {
  await page.setContent(`<iframe title="lab" src="${baseURL}/#/lab" width="720" height="420"></iframe>`);
  const frame = page.frameLocator("iframe");
  await expect(frame.locator(".hero-card .plot")).toBeInViewport({ ratio: 0.8 });
  await expect(frame.getByRole("button", { name: "Train", exact: true })).toBeInViewport({ ratio: 1 });
});
