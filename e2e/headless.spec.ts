import { execFileSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { expect, test } from "@playwright/test";
import { program } from "./headlessRun.ts";
import { onGraphics, record, smallRun, waitForStatus } from "./recorder.ts";

const STEPS = 16;

/** Losses and title of an experiment as `npm run headless` writes them down. */
function headlessRun(link: string): { losses: number[]; title: string } {
  const out = mkdtempSync(path.join(tmpdir(), "headless-"));
  try {
    execFileSync(process.execPath, [...program, link, "--gpu", "--out", out], { stdio: "pipe" });
    const rows = readFileSync(path.join(out, "metrics.jsonl"), "utf8").trim().split("\n");
    const { title } = JSON.parse(readFileSync(path.join(out, "experiment.json"), "utf8"));
    return { losses: rows.flatMap((row) => JSON.parse(row)["train/loss"] ?? []), title };
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
}

test("page and headless give the same losses of a link, and headless repeats itself to the bit", async ({
  page,
  context,
}) => {
  await context.grantPermissions(["clipboard-read", "clipboard-write"]);
  const recording = await record(page);
  await onGraphics(page);
  await page.goto(`/#/lab?${smallRun.replace(/steps=\d+/, `steps=${STEPS}`)}&title=Twice`);
  await expect(page.getByLabel("Steps", { exact: true })).toHaveValue(String(STEPS));
  await page.getByRole("button", { name: "Copy link", exact: true }).click();
  const link = await page.evaluate(() => navigator.clipboard.readText());
  await page.getByRole("button", { name: "Train", exact: true }).click();
  await waitForStatus(page, "Finished");
  const shown = await recording.losses();
  expect(shown.length).toBe(STEPS);
  expect(recording.complaints).toEqual([]);

  const first = headlessRun(link);
  const headless = first.losses;
  expect(first.title).toBe("Twice");
  expect(headless.length).toBe(STEPS);
  const errors = headless.map((loss, step) => Math.abs(loss - shown[step]!) / shown[step]!);
  const same = errors.filter((error) => error === 0).length;
  const found = `${same} of ${STEPS} losses have the same bits on page and headless; the largest difference is ${Math.max(...errors).toExponential(1)}`;
  test.info().annotations.push({ type: "page against headless", description: found });
  console.info(found);
  // Two builds of Dawn may compile a shader to other instructions; a float32 has 6e-8 of relative precision.
  expect(Math.max(...errors)).toBeLessThanOrEqual(1e-6);

  expect(headlessRun(link), "headless, a second time").toEqual(first);
});
