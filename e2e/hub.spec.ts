import { readFileSync } from "node:fs";
import path from "node:path";
import AxeBuilder from "@axe-core/playwright";
import { expect, type Page, test } from "@playwright/test";
import { COMMIT, MockHub } from "./mockHub.ts";
import { record, unfold, waitForStatus } from "./recorder.ts";

const fixture = path.join(import.meta.dirname, "../src/engine/model/fixtures/parity/llama");
const parts = ["config.json", "tokenizer.json", "model.safetensors"];
const files = new Map<string, Buffer>([
  ...parts.map((name) => [name, readFileSync(path.join(fixture, name))] as const),
  // What no checkpoint needs, and what a page should never fetch.
  ["README.md", Buffer.from("# Tiny")],
  ["pytorch_model.bin", Buffer.from("no pickle is ever read")],
  ["modeling_tiny.py", Buffer.from("no code either")],
]);
const weights = files.get("model.safetensors")!;
const total = parts.reduce((sum, name) => sum + files.get(name)!.length, 0);
const reference = `hf:tiny/llama@${COMMIT}`;
const hub = new MockHub("tiny/llama", files);

const writing =
  "v=1&model=pd-gpt&task=kjv&method=lora&rank=2&shots=16&maxTokens=8&batchSize=2&steps=3&evaluateEvery=3&validationRows=8&learningRate=0.003";

test.use({ actionTimeout: 60_000 });
test.beforeAll(() => hub.start());
test.afterAll(() => hub.stop());
test.beforeEach(() => hub.calm());

/** Opens the lab with the mirror set and the panel unfolded. */
async function open(page: Page, query = writing) {
  await page.addInitScript((address) => localStorage.setItem("rankscope.hub", JSON.stringify(address)), hub.address);
  await page.goto(`/#/lab?${query}`);
  await unfold(page, "Model");
  await page.getByText("Open another model").click();
}

const panel = (page: Page) => page.locator(".hub");

async function press(page: Page, name: string | RegExp) {
  const button = panel(page).getByRole("button", { name });
  await expect(button).toBeEnabled();
  await button.click();
}

async function look(page: Page, name = "tiny/llama", revision = "main") {
  await page.getByLabel("Name", { exact: true }).fill(name);
  await page.getByLabel("Revision", { exact: true }).fill(revision);
  await press(page, "Look");
}

/** What is stored, by path and size. */
function stored(page: Page): Promise<Record<string, number>> {
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
async function checked(page: Page): Promise<string[]> {
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
async function damage(page: Page): Promise<void> {
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
async function violations(page: Page): Promise<string[]> {
  const found = await new AxeBuilder({ page }).include(".open-model").analyze();
  return found.violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" | ")}`);
}

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

  await unfold(page, "Model");
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
  await unfold(page, "Model");
  await page.getByText("Open another model").click();
  await expect(panel(page).locator(".stored-models")).toContainText("damaged; remove it");
  await press(page, /^Remove tiny\/llama/);
  await expect.poll(() => stored(page)).toEqual({});
});

test("each failure has its own sentence, and nothing half-stored counts", async ({ page, context }) => {
  test.setTimeout(5 * 60_000);
  const alert = panel(page).getByRole("alert");
  const missing = async () => {
    expect(await checked(page)).not.toContain("model.safetensors");
    await expect(panel(page).getByRole("button", { name: "Use this model" })).toHaveCount(0);
  };
  await open(page);

  const refusals: readonly [NonNullable<MockHub["faults"]["status"]>, string][] = [
    [{ code: 401, errorCode: "GatedRepo" }, "The model tiny/llama is gated"],
    [{ code: 401 }, "The model tiny/llama is private, or not on localhost"],
    [{ code: 403 }, "does not let the model tiny/llama be read from here (403)"],
    [{ code: 429, retryAfter: 120 }, "too many requests from this network (429). Try again in 120 seconds"],
    [{ code: 500 }, "has trouble of its own (500)"],
    [{ code: 418 }, "answered 418"],
  ];
  for (const [status, sentence] of refusals) {
    hub.faults.status = status;
    await look(page);
    await expect(alert).toContainText(sentence);
    hub.calm();
  }
  await look(page, "tiny/none");
  await expect(alert).toContainText("There is no model tiny/none on localhost");
  await look(page, "tiny/llama", "other");
  await expect(alert).toContainText("The model tiny/llama has no revision other (404)");
  hub.faults.isNoHub = true;
  await look(page);
  await expect(alert).toContainText("does not answer as a hub does");
  hub.calm();
  expect(await stored(page)).toEqual({});

  await look(page);
  const start = panel(page).getByRole("button", { name: /^(Download|Resume download)/ });
  await expect(start).toBeEnabled({ timeout: 60_000 });

  hub.faults.fileStatus = { code: 404, errorCode: "EntryNotFound" };
  await start.click();
  await expect(alert).toContainText("The file model.safetensors is no longer at tiny/llama (404)");
  await missing();

  hub.faults.fileStatus = { code: 503 };
  await start.click();
  await expect(panel(page)).toContainText("Trying again, 1 of 3");
  await expect(alert).toContainText("has trouble of its own (503)");
  await missing();

  hub.calm();
  hub.faults.corrupt = true;
  await start.click();
  await expect(alert).toContainText("The file model.safetensors is not what the hub lists: its SHA-256 begins with");
  await missing();
  // It was thrown away: only what passed its check is left.
  await expect(start).toHaveText(/^ ?Resume download, 20 kB left$/);
  const sizes = Object.entries(await stored(page)).filter(([name]) => !name.endsWith("manifest.json"));
  expect(sizes.reduce((sum, [, size]) => sum + size, 0)).toBe(total - weights.length);

  hub.calm();
  hub.faults.longer = true;
  await start.click();
  await expect(alert).toContainText("The file model.safetensors has more than the");
  await missing();

  hub.calm();
  await context.setOffline(true);
  await start.click();
  await expect(alert).toContainText("This device is offline");
  await context.setOffline(false);
  await missing();

  // Storage that is full, as the browser tells it while a file is written.
  const session = await context.newCDPSession(page);
  const { origin } = new URL(page.url());
  await session.send("Storage.overrideQuotaForOrigin", { origin, quotaSize: 1000 });
  await start.click();
  await expect(alert).toContainText("The browser's storage is full");
  await session.send("Storage.overrideQuotaForOrigin", { origin });
  await missing();

  // A connection that breaks again and again, each time a little further on.
  hub.calm();
  hub.faults.cutAfter = 3000;
  await start.click();
  await expect(panel(page)).toContainText(", checked");
  const cuts = hub.transfers("model.safetensors");
  expect(cuts.length).toBe(Math.ceil(weights.length / 3000));
  let expected = 0;
  for (const [from, sent] of cuts) {
    expect(from).toBe(expected);
    expected += sent;
  }
  expect(expected).toBe(weights.length);
});

test("a cut connection that stays down keeps what came, also over a reload, and cancelling leaves nothing", async ({
  page,
}) => {
  await page.setViewportSize({ width: 360, height: 780 });
  await open(page);
  await look(page);
  hub.faults.cutAfter = 5000;
  const start = panel(page).getByRole("button", { name: /^Download/ });
  await expect(start).toBeEnabled({ timeout: 60_000 });
  await start.click();
  await expect.poll(() => hub.transfers("model.safetensors").length).toBeGreaterThan(0);
  hub.faults.cutAfter = 0;
  const alert = panel(page).getByRole("alert");
  await expect(alert).toContainText("The connection was cut at");
  await expect(alert).toContainText("of model.safetensors");
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(360);

  await page.reload();
  await unfold(page, "Model");
  await page.getByText("Open another model").click();
  await expect(panel(page).locator(".stored-models")).toContainText("not usable yet");
  hub.calm();
  hub.faults.stallAfter = 2000;
  await press(page, "Resume tiny/llama");
  await expect.poll(() => hub.transfers("model.safetensors").length).toBe(1);
  expect(hub.transfers("model.safetensors")[0]![0]).toBeGreaterThanOrEqual(5000);

  const other = await page.context().newPage();
  await open(other);
  await press(other, "Resume tiny/llama");
  await expect(panel(other).getByRole("alert")).toContainText(
    "The model tiny/llama is being downloaded in another tab",
  );
  await other.close();

  await press(page, "Cancel download");
  await expect(panel(page).locator(".stored-models")).toHaveCount(0);
  expect(await stored(page)).toEqual({});

  // A server that knows no ranges still serves the header, and a download that was paused.
  hub.calm();
  hub.faults.ignoresRanges = true;
  await look(page);
  await expect(start).toBeEnabled({ timeout: 60_000 });
  hub.faults.stallAfter = 4000;
  await start.click();
  await expect.poll(() => hub.transfers("model.safetensors").length).toBeGreaterThan(0);
  await press(page, "Pause download");
  hub.faults.stallAfter = undefined;
  await press(page, /^Resume download/);
  await expect(panel(page)).toContainText(", checked");
});

test("where the browser keeps no files, a model can be looked at, and the way round is said", async ({ page }) => {
  // The page cannot change what its worker sees, so the worker is started from a script that does and then is the same.
  await page.addInitScript(() => {
    const Original = window.Worker;
    window.Worker = class extends Original {
      constructor(url: string | URL, options?: WorkerOptions) {
        const script = `import ${JSON.stringify(new URL(url, document.baseURI).href)};
          StorageManager.prototype.getDirectory = () => Promise.reject(new DOMException("", "SecurityError"));`;
        super(URL.createObjectURL(new Blob([script], { type: "text/javascript" })), options);
      }
    };
  });
  await open(page);
  await look(page);
  await press(page, /^Download/);
  await expect(panel(page).getByRole("alert")).toContainText(
    "This browser keeps no files for the page. Private windows may have no storage",
  );
});
