import { expect, test } from "@playwright/test";
import { softwareGpuFlags } from "../tools/test/chromium.mjs";
import { record, smallRun, waitForStatus } from "./recorder.ts";

// A browser that finds no graphics adapter.
test.use({
  launchOptions: async ({ launchOptions }, use) => {
    const args = softwareGpuFlags.filter((flag) => !flag.includes("webgpu"));
    await use({ ...launchOptions, args: [...args, "--disable-gpu"] });
  },
});

test("DoRA is chosen, trained, measured and merged; PEFT's files and the program are refused by name", async ({
  page,
}) => {
  const recording = await record(page);
  await page.goto(`/#/lab?${smallRun.replace("steps=24", "steps=8")}`);
  await page.getByLabel("Method", { exact: true }).selectOption({ label: "DoRA" });
  await expect(page.locator(".equation")).toContainText("W′ = diag(m / ‖V‖) V");
  await expect(page.getByLabel("LoRA α")).toBeVisible();
  await expect(page.getByLabel("Depth L")).toHaveCount(0);
  await page.getByRole("button", { name: "Train", exact: true }).click();
  await waitForStatus(page, "Finished");
  expect(await recording.losses()).toHaveLength(8);
  const spectrum = await recording.spectrum();
  expect(Math.max(...spectrum)).toBeGreaterThan(0);
  if (process.env.SHOT) await page.screenshot({ path: process.env.SHOT, fullPage: true });

  const download = async (what: string) => {
    const downloading = page.waitForEvent("download");
    await page.getByRole("button", { name: `Download ${what}` }).click();
    return (await downloading).suggestedFilename();
  };
  expect(await download("Adapter")).toBe("dora_pd-bert_r8_s7_step8.zip");
  await expect(page.getByText("DoRA changes weights as no pair of matrices")).toBeVisible();
  expect(await download("Merged model")).toContain("merged");
  await page.getByRole("button", { name: "Verify" }).click();
  await expect(page.getByText("Merged: agrees")).toBeVisible({ timeout: 120_000 });
  await page.getByRole("button", { name: "Download Python program" }).click();
  await expect(page.getByText('does not know Method "dora"')).toBeVisible();
  expect(recording.complaints.filter((complaint) => !complaint.includes("No available adapters"))).toEqual([]);
});
