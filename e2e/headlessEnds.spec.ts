import { spawn } from "node:child_process";
import { closeSync, existsSync, mkdtempSync, openSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test } from "@playwright/test";
import fc from "fast-check";
import { headless, program, requireNothingOrAll, requireWhole, saying } from "./headlessRun.ts";
import { smallRun } from "./recorder.ts";

let folder = "";
let out = "";

test.beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "headless-ends-"));
  out = path.join(folder, "run");
});

test.afterEach(() => rmSync(folder, { recursive: true, force: true }));

test("a terminal that is closed ends the run, which is saved", async () => {
  const { child, said, ended } = await saying(
    headless([smallRun, "--steps", "5000", "--cpu", "--out", out]),
    /^step \d+ of 5000/m,
  );
  // The terminal goes with its readers, and the whole group hears of it.
  child.stderr!.destroy();
  child.stdout!.destroy();
  process.kill(-child.pid!, "SIGHUP");
  expect(await ended, said()).toBe(130);
  expect(requireWhole(out)).toBeLessThan(5000);
});

for (const words of [/^on processor/m, /^step \d+ of 40/m]) {
  test(`a reader that goes away at ${words.source} does not end the run`, async () => {
    const { child, ended } = await saying(headless([smallRun, "--steps", "40", "--cpu", "--out", out]), words);
    child.stderr!.destroy();
    child.stdout!.destroy();
    expect(await ended).toBe(0);
    expect(requireWhole(out)).toBe(40);
  });
}

test("a log on a full disk does not end the run", async () => {
  test.skip(!existsSync("/dev/full"), "there is no disk that is always full");
  const full = openSync("/dev/full", "w");
  const args = [...program, smallRun, "--steps", "2", "--cpu", "--out", out];
  const child = spawn(process.execPath, args, { stdio: ["ignore", full, full] });
  expect(await new Promise((resolve) => child.on("close", resolve))).toBe(0);
  closeSync(full);
  expect(requireWhole(out)).toBe(2);
});

const moments = fc.sample(
  fc.record({
    signal: fc.constantFrom("SIGINT", "SIGTERM", "SIGHUP"),
    delay: fc.integer({ min: 0, max: 5000 }),
    isToAll: fc.boolean(),
  }),
  { numRuns: 8, seed: 13 },
);

for (const { signal, delay, isToAll } of moments as { signal: NodeJS.Signals; delay: number; isToAll: boolean }[]) {
  test(`${signal} after ${delay} ms${isToAll ? " to the whole group" : ""} leaves nothing or a whole run`, async () => {
    const { child, said, ended } = headless([smallRun, "--steps", "60", "--cpu", "--out", out]);
    await new Promise((later) => setTimeout(later, delay));
    if (child.exitCode === null) {
      if (isToAll) process.kill(-child.pid!, signal);
      else child.kill(signal);
    }
    const code = await ended;
    const steps = requireNothingOrAll(out);
    // A process that is only just starting has nobody to listen yet, and ends by the signal itself.
    expect([null, 0, 130], said()).toContain(code);
    if (code === 0) expect(steps).toBe(60);
    else expect(steps).toBeLessThan(60);
  });
}

test("a run that ends worse than it began says so with its exit code, and leaves its files", async () => {
  const link = smallRun.replace("learningRate=0.003", "learningRate=1");
  const { said, ended } = headless([link, "--cpu", "--out", out]);
  expect(await ended, said()).toBe(3);
  expect(said()).toMatch(/^Worse than before training (since|at) step \d+: Pearson .* a smaller learning rate/m);
  expect(requireWhole(out)).toBe(24);
});

test("a loss that is no finite number is reported, with the exit code of divergence and what there is", async () => {
  const rows = Array.from({ length: 40 }, (_, at) => `day number ${at},${at % 2 ? "" : "-"}${at + 1}e25`);
  writeFileSync(path.join(folder, "rows.csv"), `text,score\n${rows.join("\n")}\n`);
  const link = "v=4&dataKind=regression&method=lora&maxTokens=16&batchSize=4&steps=5&c=hand";
  const { said, ended } = headless([link, "--data", "rows.csv", "--cpu", "--out", "run"], folder);
  expect(await ended, said()).toBe(3);
  expect(said()).toMatch(/not finite|no finite number|is not a finite/);
  expect(readdirSync(out).sort()).toEqual(["experiment.json", "metrics.jsonl", "receipt.json"]);
});

test("texts that are cut are counted", async () => {
  const { said, ended } = headless([smallRun, "--steps", "1", "--cpu", "--out", out]);
  expect(await ended, said()).toBe(0);
  expect(said()).toMatch(
    /^\d+ of 48 texts, to train and to validate on, are longer than 16 tokens and are cut; maxTokens/m,
  );
  expect(existsSync(out)).toBe(true);
});
