import { expect, test } from "@playwright/test";
import { checked, hub, look, open, panel, press, stored, total, weights } from "./hubPage.ts";
import type { MockHub } from "./mockHub.ts";

test.use({ actionTimeout: 60_000 });
test.beforeAll(() => hub.start());
test.afterAll(() => hub.stop());
test.beforeEach(() => hub.calm());

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
