import { cpSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test } from "@playwright/test";
import { drop } from "./drop.ts";
import { record } from "./recorder.ts";

const fixtures = path.join(import.meta.dirname, "../src/engine/model/fixtures/parity");
const place = mkdtempSync(path.join(tmpdir(), "rankscope-e2e-"));
test.afterAll(() => rmSync(place, { recursive: true, force: true }));

/** A folder with a checkpoint of a family and more files beside it. */
function folder(name: string, family: string, more: Readonly<Record<string, string>> = {}, left = ""): string {
  const at = path.join(place, name);
  mkdirSync(at, { recursive: true });
  for (const file of ["config.json", "tokenizer.json", "model.safetensors"]) {
    if (file !== left) cpSync(path.join(fixtures, family, file), path.join(at, file));
  }
  for (const [file, content] of Object.entries(more)) {
    mkdirSync(path.dirname(path.join(at, file)), { recursive: true });
    writeFileSync(path.join(at, file), content);
  }
  return at;
}

test("a folder that was dropped is read with what lies in its folders, and what is left aside is said", async ({
  page,
}) => {
  const recording = await record(page);
  await page.goto("/#/lab");
  await page.getByText("Open another model").click();
  const panel = page.locator(".open-model");
  const pooling = JSON.stringify({ pooling_mode_cls_token: true, pooling_mode_mean_tokens: false });
  await drop(page, panel, [folder("sentences", "bert", { "README.md": "# mine", "1_Pooling/config.json": pooling })]);
  await expect(panel).toContainText("1_Pooling/config.json; left aside: README.md.", { timeout: 60_000 });
  await page.getByRole("button", { name: "Use this model" }).click();
  await expect(page.getByLabel("Model", { exact: true })).toHaveValue(/^file:sentences~[0-9a-f]{16}$/);
  expect(recording.complaints).toEqual([]);
});

test("what is no model is refused by what it is", async ({ page }) => {
  const recording = await record(page);
  await page.goto("/#/lab");
  await page.getByText("Open another model").click();
  const panel = page.locator(".open-model");
  const problem = panel.locator(".problem");
  await drop(page, panel, [folder("one", "bert"), folder("two", "gpt2")]);
  await expect(problem).toContainText("2 models: one, two", { timeout: 60_000 });
  const table = path.join(place, "rows.csv");
  writeFileSync(table, "text,label\na,b\n");
  await drop(page, panel, [table]);
  await expect(problem).toContainText("rows.csv is data, not a model");
  await page
    .getByLabel("Folder", { exact: true })
    .setInputFiles(folder("torch", "bert", { "pytorch_model.bin": "x" }, "model.safetensors"));
  await expect(problem).toContainText("Convert pytorch_model.bin to safetensors");
  expect(recording.complaints).toEqual([]);
});
