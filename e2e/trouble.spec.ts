import AxeBuilder from "@axe-core/playwright";
import { expect, type Page, test } from "@playwright/test";
import { closeDrawer, openDrawer, record, shelf, smallRun, waitForStatus } from "./recorder.ts";

const train = (page: Page) => page.getByRole("button", { name: "Train", exact: true });
const bad = smallRun.replace(/learningRate=[\d.]+/, "learningRate=1").replace(/evaluateEvery=\d+/, "evaluateEvery=4");

test("a run that comes apart marks the step in every chart, says it on the shelf, and goes back to its start", async ({
  page,
}) => {
  const recording = await record(page);
  await page.goto(`/#/lab?${bad.includes("learningRate=1") ? bad : `${bad}&learningRate=1`}`);
  await train(page).click();
  await waitForStatus(page, "Finished: worse than before training.");
  const marks = page.locator(".mark.bad");
  await expect(marks, "spectrum, loss and metric").toHaveCount(3);
  await expect(marks.first()).toContainText(/^worse than before training, from step \d+$/);
  await expect(page.locator(".numeral.bad"), "the metric is the numeral").toHaveText(/^-?0\.\d{3}$/);
  await expect(shelf(page).first()).toContainText("worse than before training");
  const { violations } = await new AxeBuilder({ page }).analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" | ")}`)).toEqual([]);
  await page.getByRole("button", { name: /^Or back to step 0$/ }).click();
  await waitForStatus(page, "Paused.");
  await expect(page.locator(".status .line")).toContainText("step 0 of");
  await expect(shelf(page), "what it showed stays").toHaveCount(2);
  await expect(marks).toHaveCount(0);
  expect(recording.complaints).toEqual([]);
});

test("settings change while a run trains; the link says so and gives the same losses", async ({ page }) => {
  const recording = await record(page);
  await page.goto(`/#/lab?${smallRun.replace(/steps=\d+/, "steps=30")}`);
  await expect(page.getByRole("button", { name: "Adjust" }), "nothing to adjust yet").toBeDisabled();
  for (let step = 1; step <= 3; step++) {
    await page.getByRole("button", { name: "Step", exact: true }).click();
    await waitForStatus(page, `step ${step} of 30`);
    await waitForStatus(page, "Paused");
  }
  await openDrawer(page, "Adjust");
  const drawer = page.getByRole("dialog", { name: "Adjust" });
  const rate = drawer.getByLabel("Learning rate");
  await rate.fill("7");
  await expect(drawer).toContainText("Learning rate must be a number from 1e-7 to 1.");
  await rate.fill("0.0005");
  await rate.press("Enter");
  await expect(drawer).toContainText("from step 3: learning rate 0.0005");
  await closeDrawer(page);
  await expect(page.locator(".mark.change").first()).toContainText("learning rate 0.0005");
  await page.getByRole("button", { name: "Go on" }).click();
  await waitForStatus(page, "Finished");
  const losses = await recording.losses();
  expect(losses.length).toBe(30);
  await expect.poll(() => page.url()).toContain("changes=3:learningRate=0.0005");
  const link = page.url();

  const again = await page.context().newPage();
  const repeated = await record(again);
  await again.goto(link);
  await train(again).click();
  await waitForStatus(again, "Finished");
  expect(await repeated.losses()).toEqual(losses);
  expect([...recording.complaints, ...repeated.complaints]).toEqual([]);
});

test("a run goes back to its best validation, and takes the same steps from there", async ({ page }) => {
  const recording = await record(page);
  // Half-way the learning rate becomes a hundred times too large.
  const query =
    "v=6&maxTokens=16&batchSize=16&validationRows=64&calibrationBatches=1&evaluateEvery=4&learningRate=0.01&headLearningRate=0.001&steps=28&changes=16:learningRate=1&c=hand";
  await page.goto(`/#/lab?${query}`);
  await train(page).click();
  await waitForStatus(page, "Finished");
  const back = page.getByRole("button", { name: /back to step [1-9]/i });
  const words = await back.textContent();
  const step = Number(/\d+/.exec(words!)![0]);
  const losses = await recording.losses();
  await back.click();
  await waitForStatus(page, `step ${step} of 28`);
  await expect(shelf(page)).toHaveCount(2);
  await page.getByRole("button", { name: "Go on" }).click();
  await waitForStatus(page, "Finished");
  expect(await recording.losses()).toEqual(losses);
  expect(recording.complaints).toEqual([]);
});
