import AxeBuilder from "@axe-core/playwright";
import { expect, type Page, test } from "@playwright/test";
import { chooseMethod, record } from "./recorder.ts";

const field = (page: Page) => page.getByRole("combobox", { name: "Method", exact: true });
const list = (page: Page) => page.getByRole("listbox", { name: "Ways to fine-tune" });
const option = (page: Page, name: RegExp) => list(page).getByRole("option", { name });

test("a method is found by typing and taken by keys; the screen reader's names follow", async ({ page }) => {
  const { complaints } = await record(page);
  await page.goto("/#/lab");
  await field(page).focus();
  await expect(list(page), "the focus alone opens nothing").toBeHidden();
  await page.keyboard.press("ArrowDown");
  await expect(field(page)).toHaveAttribute("aria-expanded", "true");
  await expect(list(page).getByRole("group", { name: "Deep factors" }).getByRole("option")).toHaveCount(3);
  await expect(list(page).getByRole("group", { name: "LoRA family" }).getByRole("option")).toHaveCount(4);
  const activeName = () =>
    page.evaluate(() => {
      const id = document.activeElement!.getAttribute("aria-activedescendant");
      return id === null ? "" : document.getElementById(id)!.textContent;
    });
  expect(await activeName(), "it begins at what is set").toMatch(/^Deep LoRA, compressed78\.3K parameters/);
  await page.keyboard.press("ArrowUp");
  expect(await activeName(), "round the end").toMatch(/^Head only/);
  await page.keyboard.press("ArrowDown");
  await page.keyboard.press("ArrowDown");
  expect(await activeName()).toMatch(/^Deep LoRA, narrow/);
  const { violations } = await new AxeBuilder({ page }).include(".setup").analyze();
  expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" | ")}`)).toEqual([]);

  await page.keyboard.press("Escape");
  await expect(list(page)).toBeHidden();
  await expect(field(page)).toHaveValue("Deep LoRA, compressed");
  await page.keyboard.press("Control+a");
  await page.keyboard.type("nothing like it");
  await expect(page.getByText("No method is called so.")).toBeVisible();
  await page.keyboard.press("Enter");
  await expect(field(page), "what is not there is not taken").toHaveValue("Deep LoRA, compressed");
  await page.keyboard.press("Control+a");
  await page.keyboard.type("liu");
  await expect(list(page).getByRole("option")).toHaveCount(1);
  await page.keyboard.press("Enter");
  await expect(field(page)).toHaveValue("DoRA");
  await expect(field(page)).toBeFocused();
  await expect(page).toHaveURL(/method=dora/);
  await expect(page.locator(".equation")).toContainText("W′ = diag(m / ‖V‖) V");
  await page.keyboard.press("Control+a");
  await page.keyboard.type("vera");
  await page.keyboard.press("Tab");
  await expect(field(page), "Tab takes nothing").toHaveValue("DoRA");
  expect(complaints).toEqual([]);
});

test("each method says its equation and what it costs at this rank", async ({ page }) => {
  await page.goto("/#/lab");
  await field(page).click();
  await expect(option(page, /^LoRA 73\.7K parameters/)).toContainText("ΔW = (α / r) · B A");
  await page.keyboard.press("Escape");
  await chooseMethod(page, "LoRA");
  await expect(page.locator(".cost").filter({ hasText: "Parameters in updates" })).toContainText("73.7K");
  await page.getByLabel("Rank r").fill("4");
  await field(page).click();
  await expect(option(page, /^LoRA 36\.9K parameters/)).toHaveAttribute("aria-selected", "true");
  await expect(option(page, /^Full fine-tuning all parameters/)).toBeVisible();
});

for (const [width, height] of [
  [320, 568],
  [390, 844],
  [1280, 720],
] as const)
  test(`the list fits at ${width} × ${height}, and a press beside it closes it`, async ({ page }) => {
    await page.setViewportSize({ width, height });
    await page.goto("/#/lab");
    await field(page).click();
    await expect(list(page)).toBeInViewport({ ratio: 1 });
    const { left, right } = await list(page).evaluate((at) => at.getBoundingClientRect().toJSON());
    expect(left).toBeGreaterThanOrEqual(0);
    expect(right).toBeLessThanOrEqual(width);
    expect(await list(page).evaluate((at) => at.scrollWidth - at.clientWidth)).toBe(0);
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
    const reach = await list(page).evaluate((at) => {
      const { left, bottom } = at.getBoundingClientRect();
      return at.contains(document.elementFromPoint(left + 20, bottom - 10));
    });
    expect(reach, "no bar lies over it").toBe(true);
    await option(page, /^Head only/).click();
    await expect(field(page)).toHaveValue("Head only");
    await field(page).click();
    await page.getByRole("heading", { name: "Setup" }).click();
    await expect(list(page)).toBeHidden();
  });
