import { expect, test } from "@playwright/test";
import {
  checked,
  damage,
  hub,
  look,
  open,
  panel,
  parts,
  press,
  reference,
  stored,
  total,
  violations,
  weights,
  writing,
} from "./hubPage.ts";
import { COMMIT } from "./mockHub.ts";
import { record, waitForStatus } from "./recorder.ts";

test.use({ actionTimeout: 60_000 });
test.beforeAll(() => hub.start());
test.afterAll(() => hub.stop());
test.beforeEach(() => hub.calm());

test("a model is looked at, downloaded with a pause, used and trained, found after a reload, and removed", async ({
  page,
}) => {
  const recording = await record(page);
  await open(page);
  expect(hub.requests).toEqual([]);

  await look(page);
  await expect(panel(page)).toContainText("tiny/llama: llama", { timeout: 60_000 });
  await expect(panel(page)).toContainText("With the present settings a run takes", { timeout: 60_000 });
  await expect(panel(page)).toContainText("Commit 0123456: 3 files");
  // Of the weights the header came and nothing else.
  expect(hub.transfers("model.safetensors")).toEqual([]);
  const header = hub.served.filter(({ file }) => file === "model.safetensors").reduce((sum, { sent }) => sum + sent, 0);
  expect(header).toBeLessThan(weights.length / 2);
  expect(await checked(page)).toEqual([]);

  hub.faults.stallAfter = 8000;
  await panel(page)
    .getByRole("button", { name: /^Download/ })
    .focus();
  await page.keyboard.press("Enter");
  await expect(panel(page).locator(".numbers").first()).toContainText(
    `${Math.ceil((total - weights.length + 8000) / 1e3)} kB of`,
  );
  expect(await violations(page)).toEqual([]);
  // One button carries all of it, so that the keyboard stays where it is.
  await expect(panel(page).getByRole("button", { name: "Pause download" })).toBeFocused();
  await page.keyboard.press("Enter");
  await expect(panel(page).getByRole("button", { name: /^Resume download/ })).toBeFocused();
  await expect.poll(() => checked(page)).toEqual(["config.json", "tokenizer.json"]);

  hub.faults.stallAfter = undefined;
  await page.keyboard.press("Enter");
  await expect(panel(page)).toContainText(", checked");
  await expect(panel(page).getByRole("button", { name: "Use this model" })).toBeFocused();
  expect(hub.transfers("model.safetensors")).toEqual([
    [0, 8000],
    [8000, weights.length - 8000],
  ]);
  // What was read at the look is not fetched again, and what no checkpoint needs is not fetched at all.
  const names = hub.served.map(({ file }) => file);
  expect(names.filter((name) => name === "tokenizer.json")).toHaveLength(1);
  expect(new Set(names)).toEqual(new Set(parts));
  expect(await checked(page)).toEqual(["config.json", "tokenizer.json", "model.safetensors"]);

  await press(page, "Use this model");
  await expect(page.getByLabel("Model", { exact: true })).toHaveValue(reference);
  await expect(page).toHaveURL(new RegExp(`${COMMIT}`));
  await page.getByRole("button", { name: "Train", exact: true }).click();
  await waitForStatus(page, "Finished");
  const losses = await recording.losses();
  expect(losses).toHaveLength(3);
  expect(losses.every(Number.isFinite)).toBe(true);

  // A fresh page finds it, asks nobody, and trains to the same losses.
  hub.calm();
  await page.reload();
  await expect(page.getByLabel("Model", { exact: true })).toHaveValue(reference);
  await page.getByRole("button", { name: "Train", exact: true }).click();
  await waitForStatus(page, "Finished");
  expect(await recording.losses()).toEqual(losses);
  expect(hub.requests).toEqual([]);

  // So does a link that a hand shortened to the first digits of the commit.
  await page.goto(`/#/lab?${writing.replace("pd-gpt", `hf:tiny/llama@${COMMIT.slice(0, 12)}`)}`);
  await expect(page.getByLabel("Model", { exact: true })).toHaveValue(`hf:tiny/llama@${COMMIT.slice(0, 12)}`);
  await expect(page.locator(".problems")).toHaveCount(0);
  await expect(page.locator(".missing-model")).toHaveCount(0);

  await page.getByText("Open another model").click();
  await page.getByText("Files and hashes").click();
  await expect(panel(page).locator(".hashes")).toContainText("SHA-256");
  await press(page, /^Remove tiny\/llama/);
  await expect(panel(page).locator(".stored-models")).toHaveCount(0);
  expect(await stored(page)).toEqual({});
  expect(recording.complaints).toEqual([]);
});

test("a link with a model that is not stored offers it, and fetches nothing by itself", async ({ page }) => {
  await page.emulateMedia({ colorScheme: "dark" });
  await page.addInitScript((address) => localStorage.setItem("rankscope.hub", JSON.stringify(address)), hub.address);
  await page.goto(`/#/lab?${writing.replace("pd-gpt", reference)}`);
  await expect(page.locator(".missing-model")).toContainText("tiny/llama at 0123456, which is not stored");
  await expect(page.getByRole("button", { name: "Train", exact: true })).toBeDisabled();
  expect(hub.requests).toEqual([]);
  await page.getByRole("button", { name: /^Look it up on/ }).click();
  await press(page, /^Download/);
  // It is the model that the settings name, so that there is nothing more to press.
  await expect(panel(page).getByRole("button", { name: "Chosen for the next run" })).toBeDisabled();
  await expect(page.locator(".missing-model")).toHaveCount(0);
  await expect(page.getByRole("button", { name: "Train", exact: true })).toBeEnabled();
  expect(await violations(page)).toEqual([]);

  // What is stored and cannot be trusted is as good as not there.
  await damage(page);
  await page.reload();
  await expect(page.locator(".missing-model")).toBeVisible();
  await page.getByText("Open another model").click();
  await expect(panel(page).locator(".stored-models")).toContainText("damaged; remove it");
  await press(page, /^Remove tiny\/llama/);
  await expect.poll(() => stored(page)).toEqual({});
});
