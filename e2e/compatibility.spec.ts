import { readFileSync } from "node:fs";
import { expect, type Page, test } from "@playwright/test";
import { onGraphics, openDrawer, record, smallRun, waitForStatus } from "./recorder.ts";

/** Asks for compatibility mode alone, as a page has to where graphics are too old for WebGPU's core. */
async function withoutCore(page: Page): Promise<{ replaced: number }> {
  const found = { replaced: 0 };
  await page.route(/assets\/.*\.js/, async (route) => {
    const response = await route.fetch();
    const body = await response.text();
    const other = body.replace(/=\[[`"]core[`"],[`"]compatibility[`"]\]\)/, '=["compatibility"])');
    if (other !== body) found.replaced++;
    await route.fulfill({ response, body: other });
  });
  return found;
}

async function lossesOf(page: Page): Promise<readonly number[]> {
  const recording = await record(page);
  await onGraphics(page);
  await page.goto(`/#/lab?${smallRun.replace("steps=24", "steps=4")}`);
  await page.getByRole("button", { name: "Train", exact: true }).click();
  await waitForStatus(page, "Finished");
  expect(recording.complaints).toEqual([]);
  return recording.losses();
}

test("in compatibility mode the page says so, trains to the same bits, and its receipt says so too", async ({
  context,
}) => {
  const core = await context.newPage();
  const expected = await lossesOf(core);
  await core.close();
  const gallery = await context.newPage();
  await withoutCore(gallery);
  await onGraphics(gallery);
  await gallery.goto("/");
  await expect(gallery.getByText("google swiftshader in WebGPU's compatibility mode")).toBeVisible();
  await gallery.close();
  const page = await context.newPage();
  const found = await withoutCore(page);
  expect(await lossesOf(page)).toEqual(expected);
  // The page looks for the device, and its worker opens it.
  expect(found.replaced).toBe(2);
  const downloading = page.waitForEvent("download");
  await openDrawer(page, "Details");
  await page.getByRole("button", { name: "Download receipt" }).click();
  await expect(page.getByText("google swiftshader in WebGPU's compatibility mode")).toBeVisible();
  const receipt = JSON.parse(readFileSync(await (await downloading).path(), "utf8"));
  expect(receipt.adapter.featureLevel).toBe("compatibility");
});
