import { expect, test } from "@playwright/test";
import { record, smallRun, waitForStatus } from "./recorder.ts";

test("a diagnostic that a link asks for is measured and drawn; without it there is no panel", async ({ page }) => {
  const recording = await record(page);
  const settings = `v=4&${smallRun.slice("v=1&".length)}&method=lora&steps=8&c=hand`;
  const title = page.getByRole("heading", { name: "Alignment with the first gradient" });
  const train = page.getByRole("button", { name: "Train", exact: true });
  await page.goto(`/#/lab?${settings.replace("steps=24&", "")}`);
  await train.click();
  await waitForStatus(page, "Finished");
  await expect(title).toHaveCount(0);
  const plain = await recording.losses();

  await page.goto("about:blank");
  await page.goto(`/#/lab?${settings.replace("steps=24&", "alignment=2&")}`);
  await train.click();
  await waitForStatus(page, "Finished");
  await expect(title).toBeVisible();
  expect(await recording.losses()).toEqual(plain);
  const table = page.getByRole("region", { name: "Alignment with the first gradient as a table" });
  await page.getByRole("button", { name: /^Alignment with the first gradient: table/ }).click();
  await page.getByRole("button", { name: "View as table" }).click();
  await expect(table.locator("thead")).toHaveText(/output 1\s*output 2\s*input 1\s*input 2/);
  await expect(table.locator("tbody tr")).toHaveCount(24 * 5);
  expect(recording.complaints).toEqual([]);
});
