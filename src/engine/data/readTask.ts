import { sha256 } from "../checkpoint/fingerprint.ts";
import { RefusedFileError } from "../checkpoint/refusal.ts";
import type { RunConfig } from "../settings/config.ts";
import { type CustomTask, chooseColumns, customTask } from "../tasks/custom/examples.ts";
import { describeData, hashOfData } from "../tasks/custom/settings.ts";
import { readTable } from "../tasks/custom/table.ts";
import { type Example, type Task, tasks } from "../tasks/task.ts";
import type { Sources } from "./sources.ts";

/** A task with all of its examples. */
export interface TaskData {
  readonly task: Task;
  readonly train: readonly Example[];
  readonly dev: readonly Example[];
}

/** Reads what settings call a task, bundled or custom. @throws CheckpointError naming file and line. */
export async function readTask(config: RunConfig, sources: Sources): Promise<TaskData> {
  if (config.task === "custom") return readOwnTask(config, sources);
  const task = tasks[config.task];
  const [train, dev] = await Promise.all(
    [task.files.train, task.files.dev].map(async (file) => {
      const path = `${task.id}/${file}`;
      return task.parse(await sources.task(path), path);
    }),
  );
  return { task, train: train!, dev: dev! };
}

/** SHA-256 of every file that a task is read from, by name. */
export async function taskHashes(config: RunConfig, sources: Sources): Promise<Record<string, string>> {
  if (config.task === "custom") {
    const { name, content } = await ownData(config, sources);
    return { [name]: await sha256(content) };
  }
  const { id, files } = tasks[config.task];
  const hashes: Record<string, string> = {};
  for (const file of Object.values(files)) {
    hashes[file] = await sha256(new TextEncoder().encode(await sources.task(`${id}/${file}`)));
  }
  return hashes;
}

async function readOwnTask(config: RunConfig, sources: Sources): Promise<CustomTask> {
  const { name, content } = await ownData(config, sources);
  return customTask(chooseColumns(await readTable(content, name, config), config, name), config, name);
}

/** The bytes that a reference means, and no others. */
async function ownData({ data }: RunConfig, sources: Sources) {
  const hash = hashOfData(data);
  if (hash === undefined) {
    throw new RefusedFileError("file-missing", "no data has been chosen", "Open a file, or choose a bundled task.");
  }
  const { name, content } = await sources.data(data);
  const found = await sha256(content);
  if (!found.startsWith(hash)) {
    throw new RefusedFileError(
      "data-mismatch",
      `${name} is another file than the experiment's ${describeData(data)}: its SHA-256 begins with ${found.slice(0, 16)}`,
      "Open the file that the experiment is about.",
    );
  }
  return { name, content };
}
