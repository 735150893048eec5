import { type ChildProcess, spawn } from "node:child_process";
import { createHash } from "node:crypto";
import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { expect } from "@playwright/test";

/** A call of headless, what it has said so far, and its exit code. */
export interface Call {
  readonly child: ChildProcess;
  readonly said: () => string;
  readonly ended: Promise<number | null>;
}

const at = (file: string) => fileURLToPath(new URL(file, import.meta.url));

/** What Node is given to call headless without npm. */
export const program = [at("../tools/run.mjs"), at("../tools/headless/run.ts")] as const;

/** Headless as a group of its own, as at a terminal. @param cwd where it is called. */
export function headless(args: readonly string[], cwd?: string): Call {
  return called(process.execPath, [...program, ...args], cwd);
}

/** A process whose standard error is listened to. */
export function called(command: string, args: readonly string[], cwd?: string): Call {
  const child = spawn(command, args, { detached: true, ...(cwd !== undefined && { cwd }) });
  let said = "";
  child.stderr.on("data", (text) => {
    said += text;
  });
  return { child, said: () => said, ended: new Promise((resolve) => child.on("close", resolve)) };
}

/** Waits for a call to say something: heard at once, since soon it would be further. */
export async function saying(call: Call, words: RegExp): Promise<Call> {
  await new Promise<void>((heard, never) => {
    const listen = () => words.test(call.said()) && heard();
    call.child.stderr!.on("data", listen);
    listen();
    void call.ended.then(() => never(new Error(`it ended and never said ${words}: ${call.said()}`)));
  });
  return call;
}

/** Requires that a folder holds a run with all that belongs to it, each file readable. @returns its steps. */
export function requireWhole(folder: string): number {
  expect(readdirSync(folder).sort()).toEqual(["adapter.zip", "experiment.json", "metrics.jsonl", "receipt.json"]);
  const text = (name: string) => readFileSync(path.join(folder, name), "utf8");
  const lines = text("metrics.jsonl")
    .trim()
    .split("\n")
    .map((line) => JSON.parse(line));
  const receipt = JSON.parse(text("receipt.json"));
  expect(lines.filter((line) => "train/loss" in line).at(-1)._step).toBe(receipt.steps);
  const { v, app, title, note, madeOn, result, sha256, ...settings } = JSON.parse(text("experiment.json"));
  const body = text("experiment.json").replace(/,\n {2}"sha256": "\w+"\n\}\n$/, "\n}\n");
  expect({ v, app, title, note, result }).toMatchObject({ v: expect.any(Number), app: expect.any(String) });
  expect(madeOn).toMatch(receipt.adapter.kind === "cpu" ? /^processor-\d+$/ : receipt.adapter.kind);
  expect(sha256).toBe(createHash("sha256").update(body).digest("hex"));
  expect(settings).toEqual(receipt.config);
  // The end of a zip file's directory stands last.
  expect(readFileSync(path.join(folder, "adapter.zip")).subarray(-22, -18).toString("latin1")).toBe("PK\x05\x06");
  return receipt.steps;
}

/** Requires that a run left nothing, or all that belongs to it. @returns its steps. */
export function requireNothingOrAll(folder: string): number {
  return existsSync(folder) ? requireWhole(folder) : 0;
}
