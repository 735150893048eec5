import AxeBuilder from "@axe-core/playwright";
import { expect, test } from "@playwright/test";
import { closeDrawer, openDrawer, record, smallRun, waitForStatus } from "./recorder.ts";

const short = smallRun.replace("steps=24", "steps=3");

test("where there is only a software GPU the processor trains, and the GPU can be chosen and given up by keys", async ({
  page,
}) => {
  const recording = await record(page);
  await page.goto("/");
  const status = page.getByRole("status").first();
  const byDefault =
    /Training runs on the processor, in (one thread|[2-8] threads): this browser has only a software GPU/;
  await expect(status).toContainText(byDefault);
  expect((await new AxeBuilder({ page }).analyze()).violations.map(({ id }) => id)).toEqual([]);

  // A link that is opened offers the same, and its settings stay.
  await page.goto(`/#/lab?${short}`);
  const device = page.getByRole("region", { name: "Device", exact: true });
  await expect(device).toContainText(byDefault);
  await openDrawer(page, "Details");
  await expect(page.getByText("A processor has one way to compute products and attention")).toBeVisible();
  await closeDrawer(page);
  expect((await new AxeBuilder({ page }).include(".device-choice").analyze()).violations.map(({ id }) => id)).toEqual(
    [],
  );
  // Nothing else begins with the word.
  await expect(page.getByRole("button", { name: /^Train/ })).toHaveCount(1);
  await page.getByRole("button", { name: "Train", exact: true }).click();
  await waitForStatus(page, "Finished");
  await expect(page.locator(".device")).toHaveText("Processor");
  await openDrawer(page, "Details");
  await expect(page.getByRole("region", { name: "This run" })).not.toContainText(/dispatch|GPU/i);
  await closeDrawer(page);
  await expect(device).toBeHidden();
  await expect(page).toHaveURL(/&madeOn=processor-\d+&c=/);

  await page.goto("/");
  await page.getByRole("button", { name: "Use the software GPU" }).press("Enter");
  const chosen = /Training runs on a software GPU \(.+\), as you chose: the processor is several times faster/;
  await expect(status).toContainText(chosen);
  await page.reload();
  await expect(status).toContainText(chosen);
  await page.goto(`/#/lab?${short}`);
  await page.getByRole("button", { name: "Train", exact: true }).click();
  await waitForStatus(page, "Finished");
  await expect(page.locator(".device")).toHaveText("Software GPU");
  await expect(page).toHaveURL(/&madeOn=software&c=/);

  await page.goto("/");
  await page.getByRole("button", { name: "Use the processor" }).press("Enter");
  await expect(status).toContainText(/Training runs on the processor, in .*, as you chose/);
  expect(recording.complaints).toEqual([]);
});

test("a link says where its run was made, and where that cannot be repeated, with the other device to choose", async ({
  page,
}) => {
  const recording = await record(page);
  const device = page.getByRole("region", { name: "Device", exact: true });
  const settings = `${short.replace("v=1", "v=5")}&madeOn=software&c=hand`;
  await page.goto(`/#/lab?${settings}`);
  await expect(device).toContainText(
    "This run was made on a software GPU. Here, on a processor, its losses cannot repeat to the bit.",
  );
  await device.getByRole("button", { name: "Use the software GPU" }).press("Enter");
  await expect(device).toContainText("Training runs on a software GPU");
  await expect(device).not.toContainText("cannot repeat");
  // Other settings are of no run yet.
  await page.getByRole("textbox", { name: "Steps", exact: true }).fill("4");
  await expect(page).toHaveURL(/steps=4&/);
  await expect(page).not.toHaveURL(/madeOn/);

  await page.goto(`/#/lab?${settings.replace("madeOn=software", "madeOn=processor-2")}`);
  await expect(device).toContainText("This run was made on a processor. Here, on a software GPU,");
  await device.getByRole("button", { name: "Use the processor" }).press("Enter");
  await expect(device).toContainText("as you chose");
  await expect(device).not.toContainText("cannot repeat");

  await page.goto(`/#/lab?${short}`);
  await expect(device).toContainText("This link is from before links said where their run was made.");
  expect(recording.complaints).toEqual([]);
});
