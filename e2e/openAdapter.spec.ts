import { spawnSync } from "node:child_process";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test } from "@playwright/test";
import { writeSafetensors } from "../src/engine/checkpoint/writeSafetensors.ts";
import { program } from "./headlessRun.ts";
import { openDrawer, record } from "./recorder.ts";

const place = mkdtempSync(path.join(tmpdir(), "open-adapter-"));
test.afterAll(() => rmSync(place, { recursive: true, force: true }));

/** An adapter of pd-bert's first query in a folder, with other settings than the least. */
function adapter(name: string, changes: object = {}): string {
  const folder = path.join(place, name);
  mkdirSync(folder);
  const config = { peft_type: "LORA", r: 2, lora_alpha: 2000, target_modules: ".*query", ...changes };
  const values = (count: number) => Float32Array.from({ length: count }, (_, at) => Math.sin(at));
  const module = "base_model.model.bert.encoder.layer.0.attention.self.query";
  writeFileSync(path.join(folder, "adapter_config.json"), JSON.stringify(config));
  const weights = writeSafetensors(
    new Map([
      [`${module}.lora_A.default.weight`, { shape: [2, 128], values: values(256) }],
      [`${module}.lora_B.default.weight`, { shape: [128, 2], values: values(256) }],
    ]),
  );
  writeFileSync(path.join(folder, "adapter_model.safetensors"), new Uint8Array(weights));
  return folder;
}

function file(name: string, content: string): string {
  writeFileSync(path.join(place, name), content, "latin1");
  return path.join(place, name);
}

/** What headless says of an adapter. */
function headless(given: string): string {
  const args = [...program, "v=1&steps=1&shots=16&batchSize=1&validationRows=8", "--cpu", "--adapter", given];
  return spawnSync(process.execPath, [...args, "--out", path.join(place, "run"), "--overwrite"]).stderr.toString();
}

test("the page and headless say the same of the same files", async ({ page }) => {
  const recording = await record(page);
  await page.goto("/#/lab");
  await openDrawer(page, "Export");
  const panel = page.getByRole("region", { name: "Export and open" });
  const files = panel.getByLabel("Open an adapter");
  const headings = await panel.evaluate((at) => {
    const boxes = [...at.querySelectorAll("h2, h3, .hint, .open-adapter")].map((each) => each.getBoundingClientRect());
    return boxes.filter(({ height }) => height > 0).map(({ top, bottom }) => [top, bottom]);
  });
  for (const [at, [top]] of headings.entries())
    if (at > 0) expect(top! - headings[at - 1]![1]!, `part ${at} touches nothing`).toBeGreaterThanOrEqual(4);

  const plain = adapter("plain");
  await panel.getByLabel("Or the folder itself").setInputFiles(plain);
  await expect(panel).toContainText("Train goes on from step 0 of the adapter that was opened.");
  const note = "α 2000 is outside of what a run has, 0.01 to 1024: the run has α 1000";
  await expect(panel).toContainText(note);
  expect(headless(plain)).toContain(note);
  const linked = path.join(place, "linked");
  mkdirSync(linked);
  for (const name of readdirSync(plain)) symlinkSync(path.join(plain, name), path.join(linked, name));
  expect(headless(linked), "as in a cache of downloads").toContain(note);

  const parts = ["adapter_config.json", "adapter_model.safetensors"].map((name) => path.join(plain, name));
  await panel.getByRole("button", { name: "Begin at step 0 instead" }).click();
  await files.setInputFiles(parts);
  await expect(panel).toContainText(note);

  for (const [given, said] of [
    [file("rows.csv", "text,label\nx,1\n"), "no adapter: rows.csv is a CSV file"],
    [file("a.png", "\x89PNG"), "no adapter: a.png is an image"],
    [parts[1]!, "adapter_config.json is missing beside it"],
  ] as const) {
    await files.setInputFiles(given);
    await expect(panel).toContainText(said, { ignoreCase: true });
    expect(headless(given)).toContain(said);
  }
  await expect(panel, "what was opened before is told apart from what was refused").toContainText(
    "Train goes on from step 0 of the adapter that was opened before; it stays.",
  );
  const loha = adapter("loha", { peft_type: "LOHA" });
  await panel.getByLabel("Or the folder itself").setInputFiles(loha);
  for (const said of ["LoHa", ".merge_and_unload()\nmodel.save_pretrained"]) {
    await expect(panel.getByRole("status").filter({ hasText: "LoHa" })).toContainText(said, { useInnerText: true });
    expect(headless(loha)).toContain(said);
  }
  expect(recording.complaints).toEqual([]);
});
