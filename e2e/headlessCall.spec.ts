import { type ChildProcess, spawn } from "node:child_process";
import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test } from "@playwright/test";
import { phrases } from "../tools/headless/words.mjs";
import { smallRun } from "./recorder.ts";

/** A call of headless, what it has said so far, and its exit code. */
interface Call {
  readonly child: ChildProcess;
  readonly said: () => string;
  readonly ended: Promise<number | null>;
}

let folder = "";
let out = "";

test.beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "headless-call-"));
  out = path.join(folder, "run");
});

test.afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** Headless on the processor, which is there everywhere; a group of its own, as at a terminal. */
function headless(...args: string[]): Call {
  const child = spawn(process.execPath, ["tools/headless/run.mjs", ...args], { detached: true });
  let said = "";
  child.stderr.on("data", (text) => {
    said += text;
  });
  return { child, said: () => said, ended: new Promise((resolve) => child.on("close", resolve)) };
}

/** A run too long to finish, up to where it says something: heard at once, since soon it would be further. */
async function longRun(saying: RegExp, ...more: string[]): Promise<Call> {
  const call = headless(smallRun, "--steps", "5000", "--cpu", "--out", out, ...more);
  await new Promise<void>((heard, never) => {
    call.child.stderr!.on("data", () => saying.test(call.said()) && heard());
    void call.ended.then(() => never(new Error(`it ended and never said ${saying}: ${call.said()}`)));
  });
  return call;
}

const calls: readonly [string, readonly string[], RegExp][] = [
  ["no experiment", [], /^give a link or an experiment\.json$/m],
  ["two experiments", ["v=1", "v=2"], /^give one link .*not "v=1", "v=2"/m],
  ["a flag that there is not", ["v=1", "--stesp", "3"], /^there is no flag --stesp$/m],
  ["a flag that lacks its value", ["v=1", "--model", "--cpu"], /^--model lacks what should follow it: --model DIR$/m],
  ["a flag that takes no value", ["v=1", "--cpu=yes"], /^--cpu takes no value, and was given "yes"$/m],
];

for (const [what, args, problem] of calls) {
  test(`${what}: the problem by its flag, and all flags`, async () => {
    const call = headless(...args);
    expect(await call.ended).toBe(2);
    expect(call.said()).toMatch(problem);
    expect(call.said()).toMatch(/--out DIR +where the run's files go/);
  });
}

test("a negative number of steps is told from a flag", async () => {
  const call = headless("v=1", "--steps", "-5");
  expect(await call.ended).toBe(2);
  expect(call.said()).toContain('--steps must be a whole number from 1 to 100000, not "-5"');
});

test("says what begins where there is no terminal, and replaces a run only when told to", async () => {
  const args = [smallRun, "--steps", "2", "--cpu", "--out", out];
  const first = headless(...args);
  expect(await first.ended, first.said()).toBe(0);
  const lines = [
    /^on processor/m,
    /^Loading the model/m,
    /^Compiling/m,
    /^step 1 of 2, loss/m,
    /^\S+run: metrics\.jsonl/m,
  ];
  for (const line of lines) expect(first.said()).toMatch(line);
  const losses = readFileSync(path.join(out, "metrics.jsonl"));

  const second = headless(...args);
  expect(await second.ended).toBe(2);
  expect(second.said()).toContain(
    `${out} already holds a run (metrics.jsonl, receipt.json, experiment.json, adapter.zip)`,
  );
  expect(second.said()).toContain("--overwrite");

  const longer = headless(...args.with(2, "3"), "--overwrite");
  expect(await longer.ended, longer.said()).toBe(0);
  expect(readFileSync(path.join(out, "metrics.jsonl")).length).toBeGreaterThan(losses.length);
});

test("ended before its first step it leaves no folder", async () => {
  const { child, said, ended } = await longRun(/^Loading the model/m);
  child.kill("SIGTERM");
  expect(await ended).toBe(130);
  expect(said()).toContain("Ended before the first step; nothing is left of it");
  expect(existsSync(out)).toBe(false);
});

test("a run that was to be replaced is still there when its successor ends before the first step", async () => {
  mkdirSync(out);
  writeFileSync(path.join(out, "receipt.json"), "{}");
  const { child, ended } = await longRun(/^Loading the model/m, "--overwrite");
  child.kill("SIGTERM");
  expect(await ended).toBe(130);
  expect(readdirSync(out)).toEqual(["receipt.json"]);
});

test("Ctrl-C while it trains leaves every file whole, though it reaches several processes", async () => {
  const { child, said, ended } = await longRun(/^step \d+ of 5000/m);
  process.kill(-child.pid!, "SIGINT");
  child.kill("SIGINT");
  expect(await ended, said()).toBe(130);
  expect(said()).toMatch(
    /interrupted after step \d+ of 5000: metrics\.jsonl, receipt\.json, experiment\.json, adapter\.zip$/m,
  );
  expect(readdirSync(out).sort()).toEqual(["adapter.zip", "experiment.json", "metrics.jsonl", "receipt.json"]);
  const steps = readFileSync(path.join(out, "metrics.jsonl"), "utf8")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  expect(steps.at(-1)._step).toBe(Number(/after step (\d+)/.exec(said())![1]));
});

test("every phrase of the page that headless replaces is one that the engine says", () => {
  const files = readdirSync("src", { recursive: true, encoding: "utf8" }).filter((file) =>
    /(?<!\.test)\.ts$/.test(file),
  );
  const sources = files.map((file) => readFileSync(path.join("src", file), "utf8")).join("\n");
  for (const [onThePage] of phrases) expect(sources).toContain(onThePage);
});
