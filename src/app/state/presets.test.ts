import { execFileSync } from "node:child_process";
import { statSync } from "node:fs";
import path from "node:path";
import { expect, test } from "vitest";
import { usualFiles } from "../../engine/checkpoint/files.ts";
import { tasks } from "../../engine/tasks/task.ts";
import { bundled } from "../../engine/testing/models.ts";
import { goals, presets } from "./presets.ts";

test("every goal has presets, and every preset was timed when it was recorded", () => {
  for (const goal of Object.keys(goals)) expect(presets.some((preset) => preset.goal === goal)).toBe(true);
  for (const { id, cost } of presets) {
    expect(cost.seconds, id).toBeGreaterThan(1);
    expect(cost.threads, id).toBeGreaterThan(0);
  }
});

test("what a preset is said to fetch is the size of its model's and its task's files", () => {
  execFileSync(process.execPath, [path.join(bundled, "../../tools/use-lite/ensure.mjs")]);
  for (const { id, config, cost } of presets) {
    if (config.task === "custom") throw new Error(`${id} has no bundled task`);
    const { id: task, files } = tasks[config.task];
    const read = [
      ...usualFiles.map((file) => path.join(bundled, config.model, file)),
      ...[files.train, files.dev].map((file) => path.join(bundled, "../tasks", task, file)),
    ];
    expect(cost.bytes, id).toBe(read.reduce((sum, file) => sum + statSync(file).size, 0));
  }
});
