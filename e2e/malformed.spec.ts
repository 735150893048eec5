import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, type Page, test } from "@playwright/test";
import { build, type PreviewServer, preview } from "vite";
import { assemblyScript } from "../tools/wasm/plugin.mjs";
import { type Case, fileOf, hasCorpus, type Kind, openCorpus } from "./malformed/corpus.ts";
import type { LoaderJob, Outcome } from "./malformed/outcome.ts";
import { record } from "./recorder.ts";

/*
 * Every case of ../shared/malformed through the loaders that the product uses, in the browser: a page of its own calls
 * them, in a worker as the product does, and links go through the built page besides. What each case must give is said
 * in the corpus' README.
 */

declare global {
  interface Window {
    runCase(job: LoaderJob): Promise<Outcome>;
    stored(): Promise<string[]>;
    goodExperiment(): Promise<string>;
  }
}

/** What files are called where they are dropped; messages must mention it. */
const usualName: Readonly<Record<Kind, string>> = {
  safetensors: "model.safetensors",
  config: "config.json",
  "adapter-config": "adapter_config.json",
  tokenizer: "tokenizer.json",
  onnx: "model.onnx",
  share: "",
  mutation: "experiment.json",
};

/** Milliseconds that a page may be without an answer, on the machine that CI has. */
const MAX_GAP = 200;

type Corpus = Awaited<ReturnType<typeof openCorpus>>;

test.skip(!hasCorpus, "../shared/malformed is not there");
test.describe.configure({ timeout: 5 * 60_000 });

let folder: string;
let server: PreviewServer;
let address: string;
let corpus: Corpus;

test.beforeAll(async ({ browser }) => {
  folder = mkdtempSync(path.join(tmpdir(), "rankscope-malformed-"));
  const options = { configFile: false, root: ".", base: "./", logLevel: "warn" } as const;
  await build({
    ...options,
    publicDir: false,
    plugins: [assemblyScript()],
    worker: { format: "es", plugins: () => [assemblyScript()] },
    build: {
      outDir: folder,
      emptyOutDir: true,
      target: "es2022",
      rolldownOptions: { input: "e2e/malformed/loaders.html" },
    },
  });
  server = await preview({ ...options, build: { outDir: folder }, preview: { port: 0, host: "127.0.0.1" } });
  address = server.resolvedUrls!.local[0]!;
  const page = await browser.newPage();
  await page.goto(`${address}e2e/malformed/loaders.html`);
  corpus = await openCorpus(await page.evaluate(() => window.goodExperiment()));
  await page.close();
});

test.afterAll(async () => {
  await server?.close();
  rmSync(folder, { recursive: true, force: true });
});

for (const kind of Object.keys(usualName) as Kind[]) {
  test(`${kind}: every case gets its verdict and its reason, and leaves nothing behind`, async ({ page }) => {
    await page.goto(`${address}e2e/malformed/loaders.html`);
    const good = corpus.write(kind, path.join(folder, kind));
    const cases = corpus.of(kind);
    const failures: string[] = [];
    const requests: string[] = [];
    let isCrashed = false;
    page.on("crash", () => {
      isCrashed = true;
    });
    page.context().on("request", (request) => requests.push(request.url()));

    for (const each of cases) {
      const run = (file: string, of: Case) => runCase(page, kind, file, of);
      let outcome = await run(fileOf(each), each);
      // A busy machine is no failure; what is slow is slow again.
      if (isLate(outcome, each)) outcome = await run(fileOf(each), each);
      const next = await run(good, { ...each, maxMs: 5000 });
      const wrong = [...complaintsAbout(each, outcome), ...(next.verdict === "accept" ? [] : ["the next good file"])];
      if (wrong.length > 0) failures.push(`${each.id} (${each.class}): ${wrong.join("; ")}`);
    }
    const own = new Set([...cases.map(fileOf), good].map((file) => `${address}${kind}/${file}`));
    const foreign = requests.filter((url) => !own.has(url) && !url.startsWith(`${address}assets/`));
    console.log(`${kind}: ${scoreOf(cases, failures)}`);
    expect(failures).toEqual([]);
    expect(foreign, "nothing that an input names is fetched").toEqual([]);
    expect(await page.evaluate(() => window.stored()), "nothing is stored").toEqual([]);
    expect(isCrashed).toBe(false);
  });
}

test("links, in the page itself: refused ones say so, accepted ones show title and note as text, and nothing starts", async ({
  page,
}) => {
  await page.addInitScript(() => {
    const made: string[] = [];
    Object.assign(window, { made });
    const { createBuffer } = GPUDevice.prototype;
    GPUDevice.prototype.createBuffer = function (descriptor) {
      made.push("a GPU buffer");
      return createBuffer.call(this, descriptor);
    };
  });
  const { complaints } = await record(page);
  await page.goto("/#/lab");
  await page.getByRole("form", { name: "Setup" }).waitFor();
  await page.waitForLoadState("networkidle");
  const events: string[] = [];
  // The browser looks for the page's icon again whenever the address changes; what the gallery shows comes after its paint.
  const ofThePage = /\/(favicon\.svg|(assets|recordings)\/[\w.-]+)$/;
  page.on("request", (request) => ofThePage.test(request.url()) || events.push(`fetched ${request.url()}`));
  page.on("worker", () => events.push("a worker was started"));
  const failures: string[] = [];
  for (const each of corpus.of("share")) {
    const link = new TextDecoder().decode(corpus.bytesOf(each));
    const seen = await page.evaluate(openLink, link);
    const isRefused = seen.notice !== undefined;
    const isWrong = each.expect === "accept" ? isRefused : each.expect === "reject" && !isRefused;
    if (isWrong) failures.push(`${each.id}: ${seen.notice ?? "accepted"}`);
    if (seen.injected > 0) failures.push(`${each.id}: ${seen.injected} elements came out of it`);
    const { title, note } = (each.recipe.set ?? {}) as Readonly<Record<string, unknown>>;
    for (const text of each.expect === "accept" ? [title, note] : []) {
      if (text && !seen.notes.includes(String(text))) failures.push(`${each.id}: ${text} is not shown as it is`);
    }
    if (seen.width > seen.window) failures.push(`${each.id}: the page is ${seen.width} wide in ${seen.window}`);
  }
  expect(failures).toEqual([]);
  expect(events).toEqual([]);
  expect(await page.evaluate(() => (window as unknown as { made: string[] }).made)).toEqual([]);
  expect(await page.evaluate(() => "__xss" in window || "polluted" in {})).toBe(false);
  expect(complaints).toEqual([]);
});

/** Runs in the page: opens a link from the gallery and tells what is then to be seen. */
async function openLink(link: string) {
  const until = async (selector: string) => {
    while (!document.querySelector(selector)) await new Promise((resolve) => setTimeout(resolve, 5));
    // What a link says is known after the first drawing.
    for (let frame = 0; frame < 2; frame++) await new Promise((resolve) => requestAnimationFrame(resolve));
  };
  window.location.hash = "/";
  await until(".gallery");
  window.location.hash = `/lab?${link}`;
  await until(".lab, #damaged");
  const injected = "main :is(script, iframe, object, embed, [onerror], [onload], [href^=javascript], img[src=x])";
  return {
    notice: document.querySelector("section:has(#damaged)")?.textContent ?? undefined,
    notes: document.querySelector(".notes")?.textContent ?? "",
    injected: document.querySelectorAll(injected).length,
    width: document.documentElement.scrollWidth,
    window: window.innerWidth,
  };
}

test("no case is left out", () => {
  const counted = (Object.keys(usualName) as Kind[]).map((kind) => corpus.of(kind).length);
  expect(counted.reduce((sum, count) => sum + count)).toBe(corpus.count);
});

function runCase(page: Page, kind: Kind, file: string, each: Case): Promise<Outcome> {
  const { maxMs = 1000, probe, probeRep, probeTail = "", values } = each;
  const text = probeRep ? probeRep[0].repeat(probeRep[1]) + probeTail : probe;
  const isGood = file.startsWith("good");
  return page.evaluate((job) => window.runCase(job), {
    kind,
    address: `${address}${kind}/${file}`,
    file: usualName[kind],
    maxMs,
    ...(text !== undefined && !isGood && { probe: text }),
    ...(values && !isGood && { names: Object.keys(values) }),
  } satisfies LoaderJob);
}

function isLate({ ms, gap }: Outcome, { maxMs = 1000 }: Case): boolean {
  return ms > maxMs || gap > MAX_GAP;
}

/** Everything in which an outcome is not what the case asks for. */
function complaintsAbout(each: Case, outcome: Outcome): string[] {
  const { expect: wanted, reasons = [], maxMs = 1000, maxMB = Number.POSITIVE_INFINITY } = each;
  const { verdict, code = "", message = "", ms, gap, megabytes = 0 } = outcome;
  const wrong: string[] = [];
  const told = `${verdict} ${code} ${message}`.trim().slice(0, 200);
  if (verdict === "reject") {
    if (wanted === "accept") wrong.push(`should be accepted: ${told}`);
    else if (!reasons.includes(code)) wrong.push(`should be one of ${reasons.join(", ")}: ${told}`);
    if (!message.includes(usualName[each.kind])) wrong.push(`the message names no file: ${told}`);
    if (message.length > 1000) wrong.push(`the message has ${message.length} characters`);
  } else if (verdict === "accept") {
    if (wanted === "reject") wrong.push(`should be refused as ${reasons.join(", ")}`);
    wrong.push(...wrongContent(each, outcome));
  } else wrong.push(told);
  if (ms > maxMs) wrong.push(`took ${Math.round(ms)} ms of ${maxMs}`);
  if (gap > MAX_GAP) wrong.push(`the page stood still for ${Math.round(gap)} ms`);
  if (megabytes > maxMB) wrong.push(`took ${Math.round(megabytes)} MB of ${maxMB}`);
  return [...wrong, ...outcome.uncaught, ...outcome.marks];
}

function wrongContent({ values = {}, warn, ids }: Case, outcome: Outcome): string[] {
  const wrong: string[] = [];
  for (const [name, wanted] of Object.entries(values)) {
    const read = outcome.values?.find(([key]) => key === name)?.[1];
    // As numbers: −0 is 0.
    const isRead = read?.length === wanted.length && wanted.every((value, index) => value === read[index]);
    if (!isRead) wrong.push(`${name} should be [${wanted}], not [${read}]`);
  }
  if (warn && !outcome.warnings?.includes(warn)) wrong.push(`should warn of ${warn}`);
  if (ids && outcome.ids?.join() !== ids.join()) wrong.push(`encodes to [${outcome.ids}], not [${ids}]`);
  return wrong;
}

function scoreOf(cases: readonly Case[], failures: readonly string[]): string {
  const failed = new Set(failures.map((line) => line.split(" ")[0]));
  return (["reject", "accept", "bounded", "either"] as const)
    .map((verdict) => ({ verdict, all: cases.filter((each) => each.expect === verdict) }))
    .filter(({ all }) => all.length > 0)
    .map(({ verdict, all }) => `${verdict} ${all.filter(({ id }) => !failed.has(id)).length}/${all.length}`)
    .join("  ");
}
