import { readFileSync } from "node:fs";
import path from "node:path";
import AxeBuilder from "@axe-core/playwright";
import { expect, type Page } from "@playwright/test";
import { COMMIT, MockHub } from "./mockHub.ts";

export const fixture = path.join(import.meta.dirname, "../src/engine/model/fixtures/parity/llama");
export const parts = ["config.json", "tokenizer.json", "model.safetensors"];
export const files = new Map<string, Buffer>([
  ...parts.map((name) => [name, readFileSync(path.join(fixture, name))] as const),
  // What no checkpoint needs, and what a page should never fetch.
  ["README.md", Buffer.from("# Tiny")],
  ["pytorch_model.bin", Buffer.from("no pickle is ever read")],
  ["modeling_tiny.py", Buffer.from("no code either")],
]);
export const weights = files.get("model.safetensors")!;
export const total = parts.reduce((sum, name) => sum + files.get(name)!.length, 0);
export const reference = `hf:tiny/llama@${COMMIT}`;
export const hub = new MockHub("tiny/llama", files);

export const writing =
  "v=1&model=pd-gpt&task=kjv&method=lora&rank=2&shots=16&maxTokens=8&batchSize=2&steps=3&evaluateEvery=3&validationRows=8&learningRate=0.003";

/** Opens the lab with the mirror set and the panel unfolded. */
export async function open(page: Page, query = writing) {
  await page.addInitScript((address) => localStorage.setItem("rankscope.hub", JSON.stringify(address)), hub.address);
  await page.goto(`/#/lab?${query}`);
  await page.getByText("Open another model").click();
}

export const panel = (page: Page) => page.locator(".hub");

export async function press(page: Page, name: string | RegExp) {
  const button = panel(page).getByRole("button", { name });
  await expect(button).toBeEnabled();
  await button.click();
}

export async function look(page: Page, name = "tiny/llama", revision = "main") {
  await page.getByLabel("Name", { exact: true }).fill(name);
  await page.getByLabel("Revision", { exact: true }).fill(revision);
  await press(page, "Look");
}

/** What is stored, by path and size. */
export function stored(page: Page): Promise<Record<string, number>> {
  return page.evaluate(async () => {
    const found: Record<string, number> = {};
    const walk = async (directory: FileSystemDirectoryHandle, at: string): Promise<void> => {
      for await (const handle of directory.values()) {
        if (handle.kind === "directory") await walk(handle as FileSystemDirectoryHandle, `${at}${handle.name}/`);
        else found[at + handle.name] = (await (handle as FileSystemFileHandle).getFile()).size;
      }
    };
    await walk(await navigator.storage.getDirectory(), "");
    return found;
  });
}

/** Names of the files that count as present. */
export async function checked(page: Page): Promise<string[]> {
  return page.evaluate(async (commit) => {
    let directory = await navigator.storage.getDirectory();
    try {
      for (const part of ["hub", "tiny", "llama", commit]) directory = await directory.getDirectoryHandle(part);
      const file = await (await directory.getFileHandle("manifest.json")).getFile();
      return JSON.parse(await file.text()).checked;
    } catch {
      return [];
    }
  }, COMMIT);
}

/** Cuts the end off the manifest of the model that is stored. */
export async function damage(page: Page): Promise<void> {
  await page.evaluate(async (commit) => {
    let directory = await navigator.storage.getDirectory();
    for (const part of ["hub", "tiny", "llama", commit]) directory = await directory.getDirectoryHandle(part);
    const handle = await directory.getFileHandle("manifest.json");
    const text = await (await handle.getFile()).text();
    const writable = await handle.createWritable();
    await writable.write(text.slice(0, -5));
    await writable.close();
  }, COMMIT);
}

/** What axe finds in the panel. */
export async function violations(page: Page): Promise<string[]> {
  const found = await new AxeBuilder({ page }).include(".open-model").analyze();
  return found.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" | ")}`);
}
