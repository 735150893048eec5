// Runs a TypeScript program of the project in Node, with a software GPU where there is no other:
//
//   node tools/run.mjs FILE.ts [ARGUMENTS]
//
// --help shows how the program is called.

// @ts-check
import { spawn } from "node:child_process";
import { once } from "node:events";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { endingSignals, helpOf, runProgram } from "./program.mjs";
import { softwareVulkan } from "./test/softwareVulkan.mjs";

const [own = "", file, ...given] = process.argv.slice(1);
const vulkan = softwareVulkan(process.env);
if (file === undefined) {
  console.error(helpOf(fileURLToPath(import.meta.url)));
  process.exitCode = 2;
} else if (given.includes("--help") || Object.keys(vulkan).length === 0) await runProgram(path.resolve(file), given);
else {
  // The loader reads where libraries lie only when a process starts.
  const child = spawn(process.execPath, [own, file, ...given], {
    env: { ...process.env, ...vulkan },
    stdio: "inherit",
  });
  // The child may have something to save. Ctrl-C reaches it anyway, what is sent to this process alone would not.
  for (const signal of endingSignals) process.on(signal, () => child.kill(signal));
  const [status, signal] = await once(child, "exit");
  if (signal) console.error(`ended by ${signal}`);
  process.exitCode = status ?? (endingSignals.includes(signal) ? 130 : 1);
}
