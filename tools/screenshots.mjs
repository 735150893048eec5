// Takes the pictures of docs/ from real runs of the built page in Chromium; a few minutes.
//
//   npm run build && node tools/screenshots.mjs [gallery | phone]
//
// With `gallery` or `phone` that picture alone; the phone's is of a run of its own.
import { mkdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { chromium } from "@playwright/test";
import { preview } from "vite";
import { ensureChromium, softwareGpuFlags } from "./test/chromium.mjs";

const out = fileURLToPath(new URL("../docs/", import.meta.url));
// The Start preset, as it is when Start is pressed.
const run = "v=6&c=hand";
// A phone's picture holds little, so that a shorter run fills it.
const phoneRun = "v=6&maxTokens=32&batchSize=8&steps=30&validationRows=64&calibrationBatches=2&evaluateEvery=10&c=hand";

mkdirSync(out, { recursive: true });
const server = await preview({ preview: { port: 4199, strictPort: true } });
const browser = await chromium.launch({ executablePath: ensureChromium(), args: softwareGpuFlags });
try {
  const [, , only] = process.argv;
  if (only !== "phone") await inGallery();
  if (!only) await onDesktop();
  if (only !== "gallery") await onPhone();
} finally {
  await browser.close();
  await server.close();
}

/** A page with ways to wait for its run and to take its picture. */
async function open(viewport) {
  // Recordings stand at their end.
  const page = await browser.newPage({ viewport, colorScheme: "light", reducedMotion: "reduce" });
  const shoot = async (name, options = {}) => {
    // The sticky bar belongs to the top of a full page.
    await page.evaluate(() => window.scrollTo(0, 0));
    await page.screenshot({ path: `${out}${name}.png`, ...options });
  };
  const reaches = (text) => page.locator(".status .line", { hasText: text }).waitFor({ timeout: 10 * 60_000 });
  return { page, shoot, reaches };
}

async function inGallery() {
  const { page, shoot } = await open({ width: 1440, height: 900 });
  await page.goto("http://localhost:4199/");
  await page.getByText(/Training runs on|Ready on/).waitFor();
  await page.getByRole("slider", { name: "Step of the recording" }).waitFor();
  // Cards draw what was recorded once they are seen.
  for (const card of await page.locator(".card").all()) {
    await card.scrollIntoViewIfNeeded();
    await card.locator(".art :is(svg path, dd)").first().waitFor();
  }
  await page.getByRole("region", { name: "Open a file or link" }).waitFor();
  await shoot("gallery", { fullPage: true });
}

async function onDesktop() {
  const { page, shoot, reaches } = await open({ width: 1440, height: 900 });
  await page.goto(`http://localhost:4199/#/lab?${run}`);
  await page.getByRole("button", { name: "Train", exact: true }).click();
  await reaches(/step [456]\d of 100/);
  await shoot("lab-running");
  await reaches("Finished");
  await page.getByRole("button", { name: "Now train plain LoRA beside it" }).click();
  await reaches("Training");
  await reaches("Finished");
  await shoot("lab-two-runs");
  await page.getByRole("button", { name: "Dark colours" }).click();
  await shoot("lab-dark");
  await page.getByRole("button", { name: "Dark colours" }).click();
  await page.setViewportSize({ width: 1920, height: 1080 });
  await page.getByRole("button", { name: "Projector view" }).click();
  await shoot("lab-projector");
}

async function onPhone() {
  const { page, shoot, reaches } = await open({ width: 360, height: 780 });
  await page.goto(`http://localhost:4199/#/lab?${phoneRun}`);
  await page.getByRole("button", { name: "Train", exact: true }).click();
  await reaches("Finished");
  await shoot("lab-phone");
}
