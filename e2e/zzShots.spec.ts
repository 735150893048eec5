import { expect, test } from "@playwright/test";

test("shots", async ({ page }) => {
  await page.goto("/#/lab");
  await page.getByText("Use your own data").click();
  const panel = page.locator(".own-data");
  await page.screenshot({ path: "/tmp/shot0.png" });
  await panel.getByLabel("Data file").setInputFiles("/tmp/bad.csv");
  await expect(panel.getByRole("button", { name: "Use this data" })).toBeVisible({ timeout: 60_000 });
  await panel.scrollIntoViewIfNeeded();
  await panel.screenshot({ path: "/tmp/shot1.png" });
  await page.setViewportSize({ width: 360, height: 780 });
  await panel.screenshot({ path: "/tmp/shot2.png" });
});
