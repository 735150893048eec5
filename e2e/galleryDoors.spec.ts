import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, type Page, test } from "@playwright/test";
import { writeSafetensors } from "../src/engine/checkpoint/writeSafetensors.ts";
import { drop } from "./drop.ts";
import { record, smallRun, waitForStatus } from "./recorder.ts";

const root = path.join(import.meta.dirname, "..");
const place = mkdtempSync(path.join(tmpdir(), "gallery-doors-"));
test.afterAll(() => rmSync(place, { recursive: true, force: true }));
const door = (page: Page) => page.getByRole("region", { name: "Open a file or link" });

test("a link that is pasted opens the lab, one that is damaged says so there, and what is none is told", async ({
  page,
}) => {
  const recording = await record(page);
  await page.goto("/");
  const text = door(page).getByLabel("Link, or rows of text");
  const open = door(page).getByRole("button", { name: "Open" });
  await expect(open).toBeDisabled();
  await text.fill("https://elsewhere.example/");
  await open.click();
  await expect(door(page)).toContainText("This link leads to no experiment. One of an experiment has #/lab?v= in it.");
  await text.fill("https://elsewhere.example/rankscope/#/lab?v=1&rank=4");
  await open.click();
  await expect(page.getByLabel("Rank r")).toHaveValue("4");
  await page.getByRole("link", { name: "Gallery" }).click();
  await text.fill("#/lab?v=1&rank=4000");
  await open.click();
  await expect(page.getByRole("alert")).toContainText("This link could not be read in full");
  await page.getByRole("link", { name: "Gallery" }).click();
  await text.fill("https://huggingface.co/distilbert/distilgpt2");
  await open.click();
  await expect(page.getByLabel("Name", { exact: true })).toHaveValue("https://huggingface.co/distilbert/distilgpt2");
  expect(recording.complaints, "nothing is asked of the hub before Look is pressed").toEqual([]);
});

test("an experiment file and an adapter bring their settings", async ({ page }) => {
  const recording = await record(page);
  const experiment = path.join(root, "src/engine/settings/goldens/version5.json");
  const { title, steps } = JSON.parse(readFileSync(experiment, "utf8"));
  await page.goto("/");
  await door(page).getByLabel("Pick files").setInputFiles(experiment);
  await expect(page).toHaveURL(/#\/lab\?v=/);
  await expect(page.getByLabel("Method", { exact: true })).toHaveValue("Full fine-tuning");
  await expect(page.getByRole("region", { name: "Notes" })).toContainText(title);
  await expect(page.getByRole("textbox", { name: "Steps" })).toHaveValue(String(steps));

  await page.getByRole("link", { name: "Gallery" }).click();
  const changed = path.join(place, "changed.json");
  writeFileSync(changed, readFileSync(experiment, "utf8").replace(`"steps": ${steps}`, `"steps": ${steps + 1}`));
  await door(page).getByLabel("Pick files").setInputFiles(changed);
  await expect(door(page)).toContainText("changed.json: It was changed after it was written");

  const folder = path.join(place, "adapter");
  mkdirSync(folder);
  const config = path.join(folder, "adapter_config.json");
  writeFileSync(config, "{}");
  await door(page).getByLabel("Pick a folder").setInputFiles(folder);
  await expect(door(page).locator(".problem")).toContainText("adapter");
  writeFileSync(config, JSON.stringify({ peft_type: "LORA", r: 2, lora_alpha: 4, target_modules: ".*query" }));
  const module = "base_model.model.bert.encoder.layer.0.attention.self.query";
  const values = Float32Array.from({ length: 256 }, (_, at) => Math.sin(at));
  const weights = writeSafetensors(
    new Map([
      [`${module}.lora_A.default.weight`, { shape: [2, 128], values }],
      [`${module}.lora_B.default.weight`, { shape: [128, 2], values }],
    ]),
  );
  writeFileSync(path.join(folder, "adapter_model.safetensors"), new Uint8Array(weights));
  await page.goto("/#/lab?v=1&rank=4");
  await page.getByRole("link", { name: "Gallery" }).click();
  await door(page).getByLabel("Pick a folder").setInputFiles(folder);
  await expect(page.getByRole("region", { name: "Adapter" })).toContainText(
    "The next run begins at step 0 of the adapter that was opened.",
  );
  await expect(page.getByLabel("Rank r")).toHaveValue("2");
  expect(recording.complaints).toEqual([]);
});

test("a checkpoint and rows are looked at in the lab", async ({ page }) => {
  const recording = await record(page);
  await page.goto("/");
  await door(page).getByLabel("Pick a folder").setInputFiles(path.join(root, "src/engine/model/fixtures/parity/llama"));
  await expect(page.locator(".open-model")).toContainText("llama, 4.37K parameters", {
    timeout: 60_000,
  });
  await page.getByRole("link", { name: "Gallery" }).click();
  const rows = Array.from({ length: 40 }, (_, at) => `a ${at % 2 ? "fine" : "bad"} day number ${at},${at % 2}`);
  await door(page)
    .getByLabel("Link, or rows of text")
    .fill(["text,label", ...rows].join("\n"));
  await door(page).getByRole("button", { name: "Open" }).click();
  await expect(page.getByRole("button", { name: "Use this data" })).toBeVisible({ timeout: 60_000 });
  await page.getByRole("link", { name: "Gallery" }).click();
  const csv = path.join(place, "rows.csv");
  writeFileSync(csv, ["text,label", ...rows].join("\n"));
  await drop(page, door(page), [csv]);
  await expect(page.locator(".seen")).toContainText("rows.csv", { timeout: 60_000 });
  expect(recording.complaints).toEqual([]);
});

test("for teachers and theory lead to what there is", async ({ page }) => {
  await page.goto("/");
  await page.getByRole("button", { name: "How it works" }).click();
  const idea = page.getByRole("heading", { name: "The idea in three sentences" });
  await expect(idea).toBeFocused();
  await expect(idea).toBeInViewport();
  await page.getByRole("region", { name: "Theory" }).getByRole("button", { name: "Read the idea" }).click();
  await expect(idea).toBeFocused();
  const teachers = page.getByRole("region", { name: "For teachers" });
  await teachers.getByRole("link", { name: "Set up a run" }).click();
  await expect(page.getByRole("button", { name: "Copy link", exact: true })).toBeVisible();
  await page.getByRole("link", { name: "Gallery" }).click();
  await teachers.getByRole("button", { name: "Open the lab for a room" }).click();
  await expect(page.locator("html")).toHaveAttribute("data-view", "present");
  await expect(page.getByLabel("Rank r")).toBeHidden();
});

test("a run in the lab goes on whatever is opened, and keeps the worker from models and adapters until it is paused", async ({
  page,
}) => {
  const recording = await record(page);
  await page.goto(
    `/#/lab?${smallRun.replace("steps=24", "steps=5000").replace("evaluateEvery=12", "evaluateEvery=5000")}`,
  );
  await page.getByRole("button", { name: "Train", exact: true }).click();
  await waitForStatus(page, "Training");
  await page.getByRole("link", { name: "Gallery" }).click();
  await door(page).getByLabel("Pick a folder").setInputFiles(path.join(root, "src/engine/model/fixtures/parity/llama"));
  await expect(door(page)).toContainText("A run is at work in the lab. Pause it there, then open the files again.");
  await door(page).getByLabel("Link, or rows of text").fill("#/lab?v=1&rank=4");
  await door(page).getByRole("button", { name: "Open" }).click();
  await expect(page.getByLabel("Rank r")).toHaveValue("4");
  await expect(page).toHaveTitle(/^Training \d+\/5000/);
  expect(recording.complaints).toEqual([]);
});
