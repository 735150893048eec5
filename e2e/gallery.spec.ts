import { readFileSync } from "node:fs";
import path from "node:path";
import AxeBuilder from "@axe-core/playwright";
import { type BrowserContextOptions, expect, type Page, test } from "@playwright/test";
import { record } from "./recorder.ts";

const root = path.join(import.meta.dirname, "..");

interface RecordingFile {
  readonly link: string;
  readonly summary: { readonly layers: readonly { readonly id: string }[] };
  readonly losses: readonly number[];
  readonly steps: readonly number[];
  readonly spectra: string;
}

function recordingOf(id: string): RecordingFile {
  return JSON.parse(readFileSync(path.join(root, `public/recordings/${id}.json`), "utf8"));
}

/** Effective rank of a layer at the end of a recording: the exponential of the entropy of its singular values' shares. */
function rankAtEnd({ summary, steps, spectra }: RecordingFile, layer: string): number {
  const bytes = Buffer.from(spectra, "base64");
  const levels = new Uint16Array(bytes.buffer, bytes.byteOffset, bytes.length / 2);
  const size = levels.length / steps.length / summary.layers.length;
  const from = levels.length - size * (summary.layers.length - summary.layers.findIndex(({ id }) => id === layer));
  const values = [...levels.subarray(from, from + size)].map((level) =>
    level === 0 ? 0 : 10 ** (-9 + (13 * (level - 1)) / (2 ** 16 - 2)),
  );
  const sum = values.reduce((a, b) => a + b, 0);
  return Math.exp(-values.reduce((entropy, each) => entropy + (each ? (each / sum) * Math.log(each / sum) : 0), 0));
}

const replay = (page: Page) => page.getByRole("figure", { name: "Two recorded runs" });
const slider = (page: Page) => page.getByRole("slider", { name: "Step of the recording" });
const play = (page: Page) => page.getByRole("button", { name: "Play the recording" });
const pause = (page: Page) => page.getByRole("button", { name: "Pause the recording" });
const stepOf = async (page: Page) => Number(await slider(page).inputValue());
const cards = (page: Page) => page.locator(".cards .card");

test("two recorded runs play once, can be paused, and end with what each layer used", async ({ page }) => {
  const recording = await record(page);
  await page.goto("/");
  await expect(replay(page)).toContainText("recorded run, not live");
  await expect(pause(page)).toBeVisible();
  await expect.poll(() => stepOf(page)).toBeGreaterThan(0);
  await pause(page).click();
  const at = await stepOf(page);
  expect(at).toBeLessThan(100);
  await page.waitForTimeout(600);
  expect(await stepOf(page), "paused").toBe(at);
  await play(page).click();
  await expect(play(page), "it stops at its end").toBeVisible({ timeout: 60_000 });
  expect(await stepOf(page)).toBe(recordingOf("collapse").losses.length);

  const layer = /one layer.s update, (\S+):/.exec(await replay(page).innerText())![1]!;
  const labels = replay(page).locator(".end text");
  const used = (id: string) => `${rankAtEnd(recordingOf(id), layer).toFixed(1)} of 8`;
  await expect(labels).toHaveText([`Deep LoRA uses ${used("collapse")}`, `LoRA uses ${used("lora")}`]);

  // Once a visit.
  await page.getByRole("link", { name: "Lab", exact: true }).click();
  await page.getByRole("link", { name: "Gallery" }).click();
  await expect(play(page)).toBeVisible();
  expect(await stepOf(page)).toBe(100);
  await play(page).click();
  await expect.poll(() => stepOf(page), "from its beginning").toBeLessThan(60);
  expect(recording.complaints).toEqual([]);
});

test("where motion is reduced the recording stands at its end; keys move it, and it plays when asked", async ({
  browser,
}) => {
  const context = await browser.newContext({ reducedMotion: "reduce" });
  const page = await context.newPage();
  await page.goto("/");
  await expect(play(page)).toBeVisible();
  expect(await stepOf(page)).toBe(100);
  await page.waitForTimeout(1500);
  expect(await stepOf(page)).toBe(100);

  await play(page).focus();
  await page.keyboard.press("Tab");
  await expect(slider(page)).toBeFocused();
  await page.keyboard.press("ArrowLeft");
  await expect(slider(page)).toHaveAttribute(
    "aria-valuetext",
    /^step 99 of 100: Deep LoRA uses \d\.\d of 8, LoRA uses/,
  );
  await page.keyboard.press("Home");
  await expect(replay(page)).toContainText("step 0 of 100");
  await expect(replay(page).locator(".end text").first(), "all eight alike").toHaveText("Deep LoRA uses 8.0 of 8");
  await page.keyboard.press("PageUp");
  await expect.poll(() => stepOf(page)).toBe(10);
  await page.keyboard.press("End");
  await expect.poll(() => stepOf(page)).toBe(100);
  await play(page).click();
  await expect(pause(page)).toBeVisible();
  await expect.poll(() => stepOf(page)).toBeGreaterThan(0);
  await page.keyboard.press("Enter");
  await expect(play(page)).toBeVisible();
  await context.close();
});

test("nothing plays while the page is hidden", async ({ page }) => {
  await page.addInitScript(() => {
    let isHidden = true;
    Object.defineProperty(document, "hidden", { get: () => isHidden });
    Object.assign(window, {
      show: () => {
        isHidden = false;
        document.dispatchEvent(new Event("visibilitychange"));
      },
    });
  });
  await page.goto("/");
  await expect(pause(page)).toBeVisible();
  await page.waitForTimeout(1000);
  expect(await stepOf(page)).toBe(0);
  await page.evaluate(() => (window as unknown as { show: () => void }).show());
  await expect.poll(() => stepOf(page)).toBeGreaterThan(0);
});

test("recordings come after the first paint, and of cards that come into view alone", async ({ browser }) => {
  const context = await browser.newContext({ viewport: { width: 1280, height: 400 } });
  const page = await context.newPage();
  await page.goto("/");
  await expect(slider(page)).toBeVisible();
  const fetched = () =>
    page.evaluate(() =>
      performance
        .getEntriesByType("resource")
        .filter(({ name }) => name.includes("/recordings/"))
        .map(({ name, startTime }) => ({ id: /([^/]+)\.json$/.exec(name)![1]!, startTime })),
    );
  const first = await fetched();
  expect(first.map(({ id }) => id)).toEqual(expect.arrayContaining(["collapse", "lora"]));
  expect(first.map(({ id }) => id)).not.toContain("use-lite");
  const painted = await page.evaluate(() => performance.getEntriesByName("first-contentful-paint")[0]!.startTime);
  for (const { startTime } of first) expect(startTime).toBeGreaterThan(painted);
  await cards(page).last().scrollIntoViewIfNeeded();
  await expect.poll(async () => (await fetched()).map(({ id }) => id)).toContain("use-lite");
  await context.close();
});

test("without its recordings the gallery says so, and everything else can be done", async ({ page }) => {
  await page.route("**/recordings/**", (route) => route.abort());
  await page.goto("/");
  await expect(replay(page)).toContainText("The recorded runs could not be fetched. The lab draws your own.");
  await expect(page.getByRole("button", { name: "Start", exact: true }).first()).toBeEnabled();
  await page.unroute("**/recordings/**");
  await page.getByRole("link", { name: "Lab", exact: true }).click();
  await page.getByRole("link", { name: "Gallery" }).click();
  await expect(slider(page), "they are asked for again").toBeVisible();
});

test("every card says what it takes, shows what was recorded, and opens the lab with its settings", async ({
  page,
}) => {
  const recording = await record(page);
  await page.goto("/");
  await expect(cards(page)).toHaveCount(7);
  for (const card of await cards(page).all()) {
    await expect(card.getByRole("listitem")).toHaveText([
      /takes about \d+ (s|min)$/,
      /(first steps|some maths)$/,
      /fetches \d+(\.\d)? MB$/,
    ]);
    await expect(card.getByRole("button", { name: /^Start: / })).toBeEnabled();
    await card.scrollIntoViewIfNeeded();
    await expect(card.locator(".art :is(svg path, dd)").first()).toBeVisible();
  }
  await expect(page.locator(".writing .now"), "as the recorded models wrote it").toHaveCount(2);
  for (let at = 0; at < 7; at++) {
    const link = await cards(page).nth(at).getByRole("link").getAttribute("href");
    // Anywhere on the card.
    await cards(page)
      .nth(at)
      .click({ position: { x: 20, y: 20 } });
    await expect(page).toHaveURL(new RegExp(`${link!.replace(/[?.]/g, "\\$&")}$`));
    await expect(page.getByRole("button", { name: "Train", exact: true })).toBeVisible();
    await expect(page.locator(".status .line"), "nothing was started").toContainText("Nothing trained yet");
    await page.goBack();
    await expect(cards(page)).toHaveCount(7);
  }
  await cards(page).first().getByRole("link").focus();
  await page.keyboard.press("Enter");
  await expect(page).toHaveURL(/#\/lab\?v=/);
  expect(recording.complaints).toEqual([]);
});

test("first and second screen count the factors of Deep LoRA alike", async ({ page }) => {
  await page.goto("/");
  const said = await page.locator(".gallery").innerText();
  expect(said).toContain("Two factors instead of three");
  expect(said).toContain("Deep LoRA multiplies three factors");
  expect(said).toContain("ΔW = W₃ W₂ W₁");
  expect(said).not.toMatch(/\b(four|five|six) factors/);
  await cards(page).first().getByRole("link").click();
  await expect(page.locator(".equation")).toHaveText("ΔWᵀ = U · W₃ W₂ W₁ · Vᵀ");
});

const looks: readonly (readonly [string, BrowserContextOptions])[] = [
  ["light", { colorScheme: "light" }],
  ["dark", { colorScheme: "dark" }],
  ["forced colours", { forcedColors: "active" }],
  ["reduced motion", { reducedMotion: "reduce" }],
  ["320 px", { viewport: { width: 320, height: 640 } }],
];

for (const [name, options] of looks)
  test(`the gallery has no violations that axe can find and is not cut off: ${name}`, async ({ browser }) => {
    const context = await browser.newContext(options);
    const page = await context.newPage();
    await page.goto("/");
    await expect(slider(page)).toBeVisible();
    await cards(page).last().scrollIntoViewIfNeeded();
    await page.getByRole("region", { name: "Open a file or link" }).waitFor();
    await expect(page.locator(".art :is(svg path, dd)").last()).toBeVisible();
    const { violations } = await new AxeBuilder({ page }).analyze();
    expect(violations.map(({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(" | ")}`)).toEqual([]);
    const width = page.viewportSize()!.width;
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(width);
    await context.close();
  });

test("text of twice the size is not cut off", async ({ page }) => {
  await page.setViewportSize({ width: 1280, height: 720 });
  await page.goto("/");
  await page.addStyleTag({ content: "html { font-size: 200% }" });
  await expect(slider(page)).toBeVisible();
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBeLessThanOrEqual(1280);
  for (const card of await cards(page).all())
    expect(await card.evaluate((at) => at.scrollWidth - at.clientWidth)).toBeLessThanOrEqual(0);
});
