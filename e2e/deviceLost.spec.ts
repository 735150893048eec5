import { expect, test } from "@playwright/test";
import { onGraphics, record, smallRun, waitForStatus } from "./recorder.ts";

/** Goes before the worker's own code: its device can be destroyed from the page, as a crash of the driver would. */
const losable = `{
  const { requestDevice } = GPUAdapter.prototype;
  const channel = new BroadcastChannel("lose");
  GPUAdapter.prototype.requestDevice = async function (...asked) {
    const device = await requestDevice.apply(this, asked);
    channel.onmessage = () => device.destroy();
    return device;
  };
}
`;

test("a graphics device that is lost is told in plain words, and one press trains the run again", async ({ page }) => {
  const recording = await record(page);
  await onGraphics(page);
  await page.route(/trainer\.worker/, async (route) => {
    const response = await route.fetch();
    await route.fulfill({ response, body: losable + (await response.text()) });
  });
  await page.goto(`/#/lab?${smallRun.replace("steps=24", "steps=400").replace("v=1&", "v=1&method=lora&")}`);
  await page.getByRole("button", { name: "Train", exact: true }).click();
  await expect.poll(async () => (await recording.losses()).length, { timeout: 4 * 60_000 }).toBeGreaterThan(2);
  const before = (await recording.losses()).slice(0, 3);
  await page.evaluate(() => new BroadcastChannel("lose").postMessage(""));
  const alert = page.getByRole("alert").filter({ hasText: "The graphics device was lost" });
  await expect(alert).toContainText("The browser took the graphics device away");
  await expect(alert.getByText("the graphics device was lost:"), "the driver's words are folded away").toBeHidden();
  await waitForStatus(page, "Stopped");
  await page.getByLabel("Rank r").fill("4");
  await alert.getByRole("button", { name: "Train it again" }).click();
  await expect(page.getByLabel("Rank r"), "it is that run").toHaveValue("8");
  await expect(alert).toHaveCount(0);
  await expect.poll(async () => (await recording.losses()).length, { timeout: 4 * 60_000 }).toBeGreaterThan(2);
  expect((await recording.losses()).slice(0, 3)).toEqual(before);
  expect(recording.complaints).toEqual([]);
});
