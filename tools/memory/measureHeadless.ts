import { spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { UsageError } from "../commandLine.ts";
import { root } from "../program.mjs";
import { MemoryWatch } from "./processMemory.ts";
import type { StageTable } from "./stageTable.ts";

/** What the command line says as stages end. */
const ends: readonly (readonly [RegExp, string])[] = [
  [/numbers train/, "load and prepare"],
  [/adapter\.zip is/, "training"],
  [/merged\.zip is/, "export: Adapter"],
  [/onnx\.zip is/, "export: Merged model"],
];

/** Runs a link on a model at the command line, which exports all that it can. */
export async function measureHeadless(
  folder: string,
  link: string,
  { table, isGpu }: { readonly table: StageTable; readonly isGpu: boolean },
): Promise<void> {
  const out = mkdtempSync(path.join(tmpdir(), "rankscope-memory-"));
  const run = (given: readonly string[]) => {
    const command = ["tools/run.mjs", "tools/headless/run.ts", `${link}&c=hand`, ...given, isGpu ? "--gpu" : "--cpu"];
    return spawn(process.execPath, command, { cwd: root, stdio: ["ignore", "inherit", "pipe"] });
  };
  try {
    // A bundled model is what the process takes by itself.
    const bare = run(["--out", path.join(out, "bare"), "--steps", "1"]);
    table.add("a bundled model", await followed(bare, () => {}));
    const child = run(["--model", folder, "--merged", "--onnx", "--out", path.join(out, "run")]);
    const highest = await followed(child, (line, watch) => {
      table.tell(line);
      for (const [said, stage] of ends) if (said.test(line)) table.add(stage, watch.takeHighest());
    });
    table.add("export: ONNX", highest);
  } finally {
    rmSync(out, { recursive: true, force: true });
  }
}

/** Follows a process to its end. @returns the most that it held since a stage was last taken. */
async function followed(
  child: ReturnType<typeof spawn>,
  onLine: (line: string, watch: MemoryWatch) => void,
): ReturnType<() => Promise<ReturnType<MemoryWatch["takeHighest"]>>> {
  const watch = new MemoryWatch(() => [child.pid!]);
  try {
    child.stderr!.setEncoding("utf8");
    child.stderr!.on("data", (text: string) => {
      for (const line of text.split("\n").filter(Boolean)) {
        console.error(`  ${line}`);
        onLine(line, watch);
      }
    });
    const code = await new Promise((resolve) => child.on("exit", resolve));
    if (code !== 0 && code !== 3) throw new UsageError(`the run ended with ${code}`);
    return watch.takeHighest();
  } finally {
    watch.stop();
  }
}
