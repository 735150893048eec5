import { defineConfig } from "@playwright/test";
import { ensureChromium, softwareGpuFlags } from "./tools/test/chromium.mjs";

const port = Number(process.env.E2E_PORT ?? 4173);

/** The built page in a real Chromium on a software GPU; one worker, because that GPU uses every core by itself. */
export default defineConfig({
  testDir: "e2e",
  workers: 1,
  retries: 0,
  timeout: 15 * 60_000,
  expect: { timeout: 30_000 },
  use: {
    baseURL: `http://localhost:${port}`,
    viewport: { width: 1440, height: 900 },
    launchOptions: { executablePath: ensureChromium(), args: softwareGpuFlags },
  },
  webServer: {
    command: `npm run build && npx vite preview --port ${port} --strictPort`,
    port,
    timeout: 120_000,
    reuseExistingServer: false,
  },
});
