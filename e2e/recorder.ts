import { expect, type Page } from "@playwright/test";

/** What the page's worker reported, and everything that should not have happened. */
export interface Recording {
  /** Losses of the run that is on, bit by bit. */
  losses(): Promise<number[]>;
  /** Validation losses of the run that is on. */
  validationLosses(): Promise<number[]>;
  /** Layers and singular values per layer of the last spectrum. */
  spectrum(): Promise<number[]>;
  /** Console messages above "info", page errors and requests to other origins. */
  readonly complaints: string[];
}

/** Listens in on the worker's messages without changing them. */
export async function record(page: Page): Promise<Recording> {
  const complaints: string[] = [];
  page.on("console", (message) => {
    if (["warning", "error"].includes(message.type())) complaints.push(`${message.type()}: ${message.text()}`);
  });
  page.on("pageerror", (error) => complaints.push(`uncaught: ${error.message}`));
  page.on("request", (request) => {
    const url = new URL(request.url());
    if (url.protocol.startsWith("http") && url.hostname !== "localhost") complaints.push(`request to ${url.host}`);
  });
  await page.addInitScript(() => {
    const heard = { losses: [] as number[], validationLosses: [] as number[], spectrum: [] as number[] };
    Object.assign(window, { heard });
    const Original = window.Worker;
    window.Worker = class extends Original {
      constructor(url: string | URL, options?: WorkerOptions) {
        super(url, options);
        this.addEventListener("message", ({ data: { event: data } }) => {
          // Answers to questions are no events of a run.
          if (!data) return;
          if (data.type === "metrics") for (const { loss } of data.rows) heard.losses.push(loss);
          if (data.type === "evaluation") heard.validationLosses.push(data.values.loss);
          if (data.type === "measured" && data.diagnostic === "spectrum") heard.spectrum = [...data.values];
          if (data.type === "wentBack") heard.losses.length = data.step;
          if (data.type === "restarted" || data.type === "ready") {
            heard.losses.length = 0;
            heard.validationLosses.length = 0;
          }
        });
      }
    };
  });
  const heard = <T>(key: string) =>
    page.evaluate((name) => (window as unknown as { heard: Record<string, T> }).heard[name]!, key);
  return {
    losses: () => heard<number[]>("losses"),
    validationLosses: () => heard<number[]>("validationLosses"),
    spectrum: () => heard<number[]>("spectrum"),
    complaints,
  };
}

/** Has pages train on the graphics device, which here is one in software, as a visitor can choose; before they are opened. */
export async function onGraphics(page: Page): Promise<void> {
  await page.addInitScript(
    () => localStorage.getItem("rankscope.processor") ?? localStorage.setItem("rankscope.processor", "false"),
  );
}

/** Waits until the status line says a word; training on a software GPU takes its time. */
export async function waitForStatus(page: Page, word: string | RegExp): Promise<void> {
  await expect(page.locator(".status .line")).toContainText(word, { timeout: 8 * 60_000 });
}

/** Opens what is behind a button of the transport. */
export async function openDrawer(page: Page, name: "Export" | "Details" | "Adjust"): Promise<void> {
  await page.getByRole("button", { name, exact: true }).click();
}

export async function closeDrawer(page: Page): Promise<void> {
  await page.keyboard.press("Escape");
}

/** The ranks and names of the runs that are kept, the newest first. */
export const shelf = (page: Page) => page.getByRole("region", { name: "Runs", exact: true }).getByRole("listitem");

/** Small enough for a software GPU: a run of some seconds on the real model and task. */
export const smallRun =
  "v=1&shots=16&maxTokens=16&validationRows=8&calibrationBatches=1&learningRate=0.003&headLearningRate=0.003&batchSize=4&steps=24&evaluateEvery=12";

/** Chooses a method by its whole name. */
export async function chooseMethod(page: Page, label: string): Promise<void> {
  await page.getByLabel("Method", { exact: true }).click();
  await page
    .getByRole("option", { name: label })
    .filter({ has: page.getByText(label, { exact: true }) })
    .click();
}

/** Opens a group of settings among all of them. */
export async function unfold(page: Page, title: string): Promise<void> {
  const all = page.locator("details.all-settings");
  if ((await all.getAttribute("open")) === null) await all.locator("summary").first().click();
  const group = page.locator("details.group", { has: page.locator("summary .title", { hasText: title }) });
  if ((await group.getAttribute("open")) === null) await group.locator("summary").first().click();
}
