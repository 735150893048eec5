import { execFileSync, spawnSync } from "node:child_process";
import { existsSync } from "node:fs";
import { chromium } from "@playwright/test";

const places = [
  "/usr/bin/chromium",
  "/usr/bin/chromium-browser",
  "/usr/bin/google-chrome",
  "/opt/google/chrome/chrome",
  "/Applications/Google Chrome.app/Contents/MacOS/Google Chrome",
];

/** A Chromium to test with: the one that CHROME_BIN names, Playwright's, or the system's. */
export function findChromium() {
  return [process.env.CHROME_BIN, chromium.executablePath(), ...places].find((each) => each && existsSync(each));
}

/** Like `findChromium`, but installs one where there is none: from Debian's archive as root, else Playwright's. */
export function ensureChromium() {
  const found = findChromium();
  if (found) return found;
  const isRoot = process.getuid?.() === 0;
  if (isRoot && spawnSync("apt-get", ["--version"]).status === 0) {
    console.log("Installing Chromium with apt-get …");
    execFileSync("apt-get", ["update", "-q"], { stdio: "inherit" });
    execFileSync("apt-get", ["install", "-y", "-q", "chromium"], { stdio: "inherit" });
  } else {
    console.log("Installing Chromium with Playwright …");
    execFileSync("npx", ["playwright", "install", "chromium"], { stdio: "inherit" });
  }
  const installed = findChromium();
  if (!installed) throw new Error("No Chromium was found or could be installed; set CHROME_BIN to one.");
  return installed;
}

/** WebGPU without a GPU and without anything that phones home. */
export const softwareGpuFlags = [
  "--no-sandbox",
  "--enable-unsafe-webgpu",
  "--use-webgpu-adapter=swiftshader",
  "--no-first-run",
  "--disable-background-networking",
  "--disable-component-update",
  "--disable-sync",
];
