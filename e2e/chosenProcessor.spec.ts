import AxeBuilder from "@axe-core/playwright";
import { expect, test } from "@playwright/test";
import { record, smallRun, waitForStatus } from "./recorder.ts";

test("where there is only a software GPU the processor can be chosen, and given up again", async ({ page }) => {
  const recording = await record(page);
  await page.goto("/");
  await expect(page.getByRole("status").first()).toContainText("Only a software graphics adapter was found");
  expect((await new AxeBuilder({ page }).analyze()).violations.map(({ id }) => id)).toEqual([]);

  // A link that is opened offers the same, and its settings stay.
  await page.goto(`/#/lab?${smallRun.replace("steps=24", "steps=3")}`);
  const device = page.getByRole("region", { name: "Device", exact: true });
  await expect(device).toContainText("Only a software graphics adapter was found");
  await device.getByRole("button", { name: "Use the processor instead" }).click();
  await expect(device).toContainText(/on the processor, in (one thread|[2-8] threads), as you chose/);
  await expect(page.getByText("A processor has one way to compute products and attention")).toBeVisible();
  // Nothing else begins with the word.
  await expect(page.getByRole("button", { name: /^Train/ })).toHaveCount(1);
  await page.getByRole("button", { name: "Train", exact: true }).click();
  await waitForStatus(page, "Finished");
  await expect(page.getByText("Processor, no GPU")).toBeVisible();
  await expect(page.getByRole("region", { name: "This run" })).not.toContainText(/dispatch|GPU/i);
  await expect(device).toBeHidden();

  await page.goto("/");
  await page.getByRole("button", { name: "Use the graphics device again" }).click();
  await expect(page.getByRole("status").first()).toContainText("Only a software graphics adapter was found");
  expect(recording.complaints).toEqual([]);
});
