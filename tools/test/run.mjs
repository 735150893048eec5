// `npm test`: type check, lint, unit and GPU tests in Node, and the main job in a real browser, one count for all.
import { spawnSync } from "node:child_process";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { ensureChromium } from "./chromium.mjs";

process.env.CHROME_BIN = ensureChromium();
const reports = mkdtempSync(path.join(tmpdir(), "rankscope-tests-"));
let passed = 0;
let failed = 0;

/** Runs a command to its end. @returns whether it succeeded. */
function run(title, command, args, env = {}) {
  console.log(`\n── ${title}`);
  const { status } = spawnSync("npx", [command, ...args], { stdio: "inherit", env: { ...process.env, ...env } });
  return status === 0;
}

/** Counts a command that has no count of its own as one test. */
function check(title, command, args) {
  if (run(title, command, args)) passed++;
  else failed++;
}

/** Adds what a test runner reported; one that died before reporting is a failure of its own. */
function count(succeeded, report, read) {
  let result = { passed: 0, failed: 0 };
  try {
    result = read(JSON.parse(readFileSync(report, "utf8")));
  } catch {
    console.error(`no report was written to ${report}`);
  }
  passed += result.passed;
  failed += succeeded ? result.failed : Math.max(1, result.failed);
}

spawnSync(process.execPath, ["tools/use-lite/ensure.mjs"], { stdio: "inherit" });
check("Types", "tsc", ["--noEmit", "-p", "."]);
check("Types of the worker", "tsc", ["--noEmit", "-p", "src/worker"]);
check("Lint", "biome", ["check", "."]);

const unit = path.join(reports, "unit.json");
count(
  run("Engine and page, in Node", "vitest", [
    "run",
    "--reporter=default",
    "--reporter=json",
    `--outputFile.json=${unit}`,
  ]),
  unit,
  ({ numPassedTests, numFailedTests }) => ({ passed: numPassedTests, failed: numFailedTests }),
);

const browser = path.join(reports, "browser.json");
count(
  run("The main job, in Chromium", "playwright", ["test", "--reporter=list,json"], {
    PLAYWRIGHT_JSON_OUTPUT_NAME: browser,
  }),
  browser,
  ({ stats: { expected, unexpected, flaky } }) => ({ passed: expected, failed: unexpected + flaky }),
);

rmSync(reports, { recursive: true, force: true });
console.log(`\n${passed} passed, ${failed} failed`);
process.exitCode = failed === 0 ? 0 : 1;
