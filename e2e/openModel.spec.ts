import { existsSync } from "node:fs";
import path from "node:path";
import { expect, test } from "@playwright/test";
import { drop } from "./drop.ts";
import { closeDrawer, openDrawer, record, waitForStatus } from "./recorder.ts";

const root = path.join(import.meta.dirname, "..");
const fixture = path.join(root, "src/engine/model/fixtures/parity/llama");
/** A pretrained Llama where there is one, else a tiny one with random weights. */
const pretrained = path.join(root, "../shared/data/checkpoints/stories260K");
const llama = existsSync(pretrained) ? pretrained : fixture;

const writing =
  "v=1&model=pd-gpt&task=kjv&method=lora&rank=2&shots=16&maxTokens=8&batchSize=2&steps=4&evaluateEvery=4&validationRows=8&learningRate=0.003";

test("a folder with a model is looked at, used and fine-tuned, and the link says what it was", async ({ page }) => {
  const recording = await record(page);
  await page.goto(`/#/lab?${writing}`);
  await page.getByText("Open another model").click();
  await page.getByLabel("Folder", { exact: true }).setInputFiles(llama);
  const panel = page.locator(".open-model");
  await expect(panel).toContainText("llama", { timeout: 60_000 });
  await expect(panel).toContainText("With the present settings a run takes", { timeout: 60_000 });
  await page.getByRole("button", { name: "Use this model" }).click();
  await expect(page.getByLabel("Model", { exact: true })).toHaveValue(/^file:[\w.-]+~[0-9a-f]{16}$/);
  await expect(page).toHaveURL(/model=file:/);
  await page.getByRole("button", { name: "Train", exact: true }).click();
  await waitForStatus(page, "Finished");
  const losses = await recording.losses();
  expect(losses.length).toBe(4);
  expect(losses.every(Number.isFinite)).toBe(true);
  const trained = (await recording.validationLosses()).at(-1)!;

  // What was trained can be started from: the merged model is worth what the run was at its end.
  await openDrawer(page, "Export");
  await page.getByRole("button", { name: "Use it as the model of the next run" }).click();
  await expect(page.getByLabel("Model", { exact: true })).toHaveValue(/^file:lora-[\w.-]+-step4~[0-9a-f]{16}$/);
  await closeDrawer(page);
  await page.getByRole("button", { name: "Train beside it" }).click();
  await expect(page.locator(".status .line")).not.toContainText("Finished");
  await waitForStatus(page, "Finished");
  expect((await recording.validationLosses())[0]).toBeCloseTo(trained, 5);
  expect(recording.complaints).toEqual([]);
});

test("a folder that is no model is refused by name, and what was there stays", async ({ page }) => {
  const recording = await record(page);
  await page.goto("/#/lab");
  await page.getByText("Open another model").click();
  await page.getByLabel("Folder", { exact: true }).setInputFiles(path.join(root, "public/tasks/kjv"));
  await expect(page.locator(".open-model .problem")).toContainText("config.json");
  await expect(page.getByRole("button", { name: "Use this model" })).toHaveCount(0);
  await expect(page.getByLabel("Model", { exact: true })).toHaveValue("pd-bert");
  expect(recording.complaints).toEqual([]);
});

test("a link about a model from files says so, and nothing can start before it is opened", async ({ page }) => {
  await page.goto("/#/lab?v=1&model=file:mine~0123456789abcdef");
  await expect(page.locator(".problems")).toContainText("mine from files (01234567) has yet to be opened in this tab");
  await expect(page.getByRole("button", { name: "Train", exact: true })).toBeDisabled();
});

test("a folder can be dropped", async ({ page }) => {
  const recording = await record(page);
  await page.goto("/#/lab");
  await page.getByText("Open another model").click();
  const panel = page.locator(".open-model");
  await drop(page, panel, [llama]);
  await expect(panel).toContainText(`${path.basename(llama)}: llama`, { timeout: 60_000 });
  expect(recording.complaints).toEqual([]);
});
