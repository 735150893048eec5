import { existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test } from "@playwright/test";
import { unzipSync } from "fflate";
import { flags } from "../tools/headless/call.ts";
import { helpOf } from "../tools/program.mjs";
import { type Call, headless, program, requireWhole, saying } from "./headlessRun.ts";
import { smallRun } from "./recorder.ts";

let folder = "";
let out = "";

test.beforeEach(() => {
  folder = mkdtempSync(path.join(tmpdir(), "headless-call-"));
  out = path.join(folder, "run");
});

test.afterEach(() => rmSync(folder, { recursive: true, force: true }));

/** A run on the processor too long to finish, up to where it says something. */
function longRun(words: RegExp, ...more: string[]): Promise<Call> {
  return saying(headless([smallRun, "--steps", "5000", "--cpu", "--out", out, ...more]), words);
}

const calls: readonly [string, readonly string[], RegExp][] = [
  ["no experiment", [], /^give a link or an experiment\.json$/m],
  ["two experiments", ["v=1", "v=2"], /^give one link .*not "v=1", "v=2"/m],
  ["a flag that there is not", ["v=1", "--stesp", "3"], /^there is no flag --stesp$/m],
  ["a flag that lacks its value", ["v=1", "--model", "--cpu"], /^--model lacks what should follow it: --model DIR$/m],
  ["a flag that is there twice", ["v=1", "--data", "a", "--data", "b"], /^--data is there twice, with "a" and "b"/m],
  ["data without its flag", ["v=1", "README.md", "e2e"], /^give one .*e2e is a folder: put --model before it/m],
  ["a flag that takes no value", ["v=1", "--cpu=yes"], /^--cpu takes no value, and was given "yes"$/m],
];

for (const [what, args, problem] of calls) {
  test(`${what}: the problem by its flag, and all flags`, async () => {
    const call = headless(args);
    expect(await call.ended).toBe(2);
    expect(call.said()).toMatch(problem);
    expect(call.said()).toMatch(/--out DIR +where the run's files go/);
  });
}

test("the help has a line for every flag", () => {
  const named = [...helpOf(program[1]).matchAll(/^ {2}--(\w+)/gm)].map(([, name]) => name);
  expect(named).toEqual([...Object.keys(flags), "help"]);
});

test("a negative number of steps is told from a flag", async () => {
  const call = headless(["v=1", "--steps", "-5"]);
  expect(await call.ended).toBe(2);
  expect(call.said()).toContain('--steps must be a whole number from 1 to 100000, not "-5"');
});

test("says what begins where there is no terminal, and replaces a run only when told to", async () => {
  const args = [smallRun, "--steps", "2", "--cpu", "--out", out];
  const first = headless(args);
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

  const second = headless(args);
  expect(await second.ended).toBe(2);
  expect(second.said()).toContain(
    `${out} already holds a run (metrics.jsonl, receipt.json, experiment.json, adapter.zip)`,
  );
  expect(second.said()).toContain("--overwrite");

  const longer = headless([...args.with(2, "3"), "--overwrite"]);
  expect(await longer.ended, longer.said()).toBe(0);
  expect(readFileSync(path.join(out, "metrics.jsonl")).length).toBeGreaterThan(losses.length);
});

test("leaves the merged model and ONNX where they are asked for", async () => {
  const call = headless([smallRun, "--steps", "1", "--cpu", "--merged", "--onnx", "--out", out]);
  expect(await call.ended, call.said()).toBe(0);
  expect(call.said()).toMatch(/: metrics\.jsonl, .*, adapter\.zip, merged\.zip, onnx\.zip$/m);
  const filesOf = (zip: string) => Object.keys(unzipSync(new Uint8Array(readFileSync(path.join(out, zip)))));
  expect(filesOf("merged.zip")).toEqual(expect.arrayContaining(["model.safetensors", "config.json", "tokenizer.json"]));
  expect(filesOf("onnx.zip")).toEqual(expect.arrayContaining(["model.safetensors", "model.onnx"]));
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
  expect(requireWhole(out)).toBe(Number(/after step (\d+)/.exec(said())![1]));
});
