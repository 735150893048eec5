import AxeBuilder from "@axe-core/playwright";
import { expect, test } from "@playwright/test";
import { record, smallRun, waitForStatus } from "./recorder.ts";

test("a guess before a run stays on its chart and in its sentence, in no link, and Train does not wait for it", async ({
  page,
}) => {
  await page.addInitScript(() => localStorage.setItem("rankscope.processor", "true"));
  const { complaints } = await record(page);
  await page.goto(`/#/lab?${smallRun.replace("steps=24", "steps=6").replace("evaluateEvery=12", "evaluateEvery=6")}`);
  const question = page.getByRole("group", { name: "Your guess" });
  const train = page.getByRole("button", { name: "Train", exact: true });
  await expect(question).toContainText("How many of the 8 directions will grow?");
  await expect(train).toBeEnabled();
  await expect(question.getByRole("button")).toHaveText(["1", "2", "4", "8", "just watch"]);
  await page.getByLabel("Rank r").fill("12");
  await expect(question.getByRole("button")).toHaveText(["1", "2", "4", "8", "12", "just watch"]);
  await page.getByLabel("Rank r").fill("8");
  await expect(page).toHaveURL(/&c=[0-9a-f]{8}$/);
  const link = page.url();
  await question.getByRole("button", { name: "4", exact: true }).click();
  await expect(question.getByRole("button", { name: "4", exact: true })).toHaveAttribute("aria-pressed", "true");
  const { violations } = await new AxeBuilder({ page }).include(".hero-card").analyze();
  expect(violations.map(({ id }) => id)).toEqual([]);
  await train.click();
  await waitForStatus(page, "Finished");
  await expect(question, "nothing is asked of what was seen").toHaveCount(0);
  await expect(page.locator(".headline .guessed")).toHaveText(
    /^You guessed 4; in the median layer \d(\.5)? grew above 1 % of the largest\.$/,
  );
  await expect(page.locator(".hero-card path.guess")).toHaveCount(1);
  await expect(page.locator(".hero-card .end text", { hasText: "your guess: 4" })).toBeVisible();
  const settingsIn = (url: string) => new URL(url).hash.replace(/&(madeOn|c)=[^&]*/g, "");
  expect(settingsIn(page.url()), "the link knows nothing of it").toBe(settingsIn(link));

  // Another run has a guess of its own, or none.
  await page.getByRole("button", { name: "New seed" }).click();
  await page.getByRole("button", { name: "Train beside it" }).click();
  await waitForStatus(page, "Finished");
  await expect(page.locator(".headline .guessed")).toHaveCount(0);
  await expect(page.locator(".hero-card path.guess")).toHaveCount(0);
  expect(complaints).toEqual([]);
});

test("who would rather watch is not asked again", async ({ page }) => {
  await page.goto("/#/lab");
  const question = page.getByRole("group", { name: "Your guess" });
  await question.getByRole("button", { name: "just watch" }).click();
  await expect(question).toHaveCount(0);
  await page.getByLabel("Rank r").fill("4");
  await expect(question).toHaveCount(0);
});

test("what was recorded gives no guess away: its end is seen once one is made", async ({ page }) => {
  await page.goto("/#/lab");
  const numeral = page.locator(".headline .numeral b");
  await expect(page.locator(".headline")).toContainText("A recorded run");
  await expect(numeral, "all directions are alike at the start").toHaveText(/^[67]\.\d$/);
  await page.getByRole("group", { name: "Your guess" }).getByRole("button", { name: "2", exact: true }).click();
  await expect(numeral).toHaveText(/^1\.\d$/);
});
