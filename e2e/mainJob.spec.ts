import AxeBuilder from "@axe-core/playwright";
import { expect, test } from "@playwright/test";
import { chooseMethod, onGraphics, record, shelf, smallRun, unfold, waitForStatus } from "./recorder.ts";

const mean = (values: readonly number[]) => values.reduce((sum, value) => sum + value, 0) / values.length;

test("Start trains; a run is paused, stepped, reset, overlaid and shared, and the link repeats it to the bit", async ({
  page,
  browser,
  context,
}) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const recording = await record(page);
  await onGraphics(page);

  await page.goto("/");
  await expect(page.getByRole("status").filter({ hasText: /software GPU|Ready on/ })).toBeVisible();
  await page.getByRole("button", { name: "Start", exact: true }).first().click();
  await expect(page).toHaveURL(/#\/lab\?v=\d+/);
  await expect(page.getByRole("button", { name: "Cancel", exact: true })).toBeVisible();
  await page.getByRole("button", { name: "Cancel", exact: true }).click();
  await waitForStatus(page, "Nothing trained yet");

  // The same preset at a size for software GPUs.
  await page.goto(`/#/lab?${smallRun}`);
  await expect(page.getByLabel("Steps", { exact: true })).toHaveValue("24");
  await page.getByRole("button", { name: "Train", exact: true }).click();
  await expect.poll(async () => (await recording.losses()).length, { timeout: 4 * 60_000 }).toBeGreaterThan(4);
  await page.getByRole("button", { name: "Pause", exact: true }).click();
  await waitForStatus(page, "Paused");
  const paused = (await recording.losses()).length;
  await page.getByRole("button", { name: "Step", exact: true }).click();
  await expect.poll(async () => (await recording.losses()).length).toBe(paused + 1);
  const firstTime = await recording.losses();

  await page.getByRole("button", { name: "Reset", exact: true }).click();
  await expect(page.locator(".status .line")).toContainText("step 0 of 24", { timeout: 60_000 });
  await waitForStatus(page, "Paused");
  await page.getByRole("button", { name: "Train", exact: true }).click();
  await waitForStatus(page, "Finished");
  const deep = await recording.losses();
  expect(deep.length).toBe(24);
  expect(deep.slice(0, firstTime.length), "after a reset the same steps give the same losses").toEqual(firstTime);
  expect(mean(deep.slice(-8)), "the loss falls by a tenth at least").toBeLessThan(0.9 * mean(deep.slice(0, 8)));

  const spectrum = await recording.spectrum();
  expect(spectrum.length, "24 layers of rank 8").toBe(24 * 8);
  for (let layer = 0; layer < 24; layer++) expect(spectrum[layer * 8], `layer ${layer}`).toBeGreaterThan(0);
  await expect(page.locator(".layer-cell")).toHaveCount(24);
  await expect(page.locator(".headline")).toContainText(/Pearson (rose|fell|stayed) .* with updates of rank \d/);

  // A second run, with LoRA, over the first.
  await page.getByRole("button", { name: "Now train plain LoRA beside it" }).click();
  await waitForStatus(page, /Training|Preparing|Compiling|Loading/);
  await waitForStatus(page, "Finished");
  await expect(shelf(page)).toHaveText([/^LoRA · 8this run, 24 steps/, /^Deep LoRA · 8run 1, 24 steps/]);
  await expect(page.locator(".numeral")).toHaveText([/^\d\.\dLoRA$/, /^\d\.\dDeep LoRA$/]);
  await page.getByRole("button", { name: "Ridges" }).click();
  expect(await page.locator(".ridge .run-line.look-0").count(), "of the first run, in its colour").toBe(24);
  for (const view of ["Lines", "Heat map", "Ridges"]) {
    await page.getByRole("button", { name: view }).click();
    await expect(page.getByRole("button", { name: view })).toHaveAttribute("aria-pressed", "true");
  }

  // The link of the first run, opened in a browser that knows nothing.
  await chooseMethod(page, "Deep LoRA, compressed");
  await page.getByRole("button", { name: "Copy link", exact: true }).click();
  const link = await page.evaluate(() => navigator.clipboard.readText());
  expect(link).toMatch(/#\/lab\?v=\d+&/);
  const stranger = await browser.newContext();
  const elsewhere = await stranger.newPage();
  const other = await record(elsewhere);
  await onGraphics(elsewhere);
  await elsewhere.goto(link);
  await expect(elsewhere.getByLabel("Steps", { exact: true })).toHaveValue("24");
  expect(await other.losses(), "nothing runs until it is asked to").toEqual([]);
  await elsewhere.getByRole("button", { name: "Train", exact: true }).click();
  await expect.poll(async () => (await other.losses()).length, { timeout: 5 * 60_000 }).toBeGreaterThanOrEqual(20);
  expect((await other.losses()).slice(0, 20)).toEqual(deep.slice(0, 20));

  expect([...recording.complaints, ...other.complaints]).toEqual([]);
});

test("a damaged link says what it could not read and starts nothing", async ({ page }) => {
  const { complaints } = await record(page);
  await page.goto("/#/lab?v=1&rank=4000&colour=red&steps=20");
  const notice = page.getByRole("alert");
  await expect(notice).toContainText('Rank r (rank) must be a whole number from 1 to 1024, not "4000".');
  await expect(notice).toContainText('"colour" is no setting that there is.');
  await expect(page.getByRole("button", { name: "Train", exact: true })).toHaveCount(0);
  await page.getByRole("button", { name: "Use what could be read" }).click();
  await expect(page.getByLabel("Steps", { exact: true })).toHaveValue("20");
  await expect(page.getByLabel("Rank r")).toHaveValue("8");
  expect(complaints).toEqual([]);
});

test("a setting out of range says so beside the field and in the way of Train", async ({ page }) => {
  await page.goto("/#/lab");
  await page.getByLabel("Rank r").fill("7");
  await expect(page.getByRole("alert")).toContainText("the rank must be even");
  await expect(page.getByRole("button", { name: "Train", exact: true })).toBeDisabled();
  await page.getByLabel("Rank r").fill("9999");
  await expect(page.locator(".problem")).toContainText("Rank r must be a whole number from 1 to 1024.");
});

test("layers are picked by hand, and the link says which", async ({ page }) => {
  await page.goto("/#/lab");
  await unfold(page, "Adapter");
  await page.getByText("More adapter settings").click();
  await page.getByLabel("Layers", { exact: true }).selectOption("query-value");
  await page.getByLabel("Layers", { exact: true }).selectOption("pick");
  await page.getByLabel("Block 1, key").check();
  await page.getByLabel("Block 0, query").uncheck();
  await expect(page).toHaveURL(/targets=0\.value,1\.query,1\.key,1\.value,2\.query,/);
});

for (const theme of ["light", "dark"] as const) {
  test(`gallery and lab have no accessibility violations that axe can find, ${theme}`, async ({ browser }) => {
    const context = await browser.newContext({ colorScheme: theme });
    const page = await context.newPage();
    for (const [path, ready] of [
      ["/", "Watch the effect"],
      ["/#/lab", "Singular values of the update"],
    ] as const) {
      await page.goto(path);
      await page.getByRole("heading", { name: ready }).waitFor();
      const { violations } = await new AxeBuilder({ page }).analyze();
      expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" | ")}`)).toEqual([]);
    }
    await context.close();
  });
}

test("Escape leaves the projector's view", async ({ page }) => {
  await page.goto("/#/lab");
  await page.getByRole("button", { name: "Projector view" }).click();
  await expect(page.getByLabel("Rank r")).toBeHidden();
  await page.keyboard.press("Escape");
  await expect(page.getByLabel("Rank r")).toBeVisible();
});

test("on a phone nothing is cut off", async ({ browser }) => {
  const context = await browser.newContext({ viewport: { width: 360, height: 780 } });
  const page = await context.newPage();
  for (const path of ["/", "/#/lab"]) {
    await page.goto(path);
    await page.getByRole("main").waitFor();
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);
  }
  await context.close();
});
