// Runs TypeScript of the engine in Node: Dawn finds a software GPU where there is no other.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { createServer } from "vite";
import { softwareVulkan } from "./test/softwareVulkan.mjs";

export const root = fileURLToPath(new URL("..", import.meta.url));

/** The files of a checkpoint in a folder. */
export function filesIn(folder) {
  return {
    names: readdirSync(folder).filter((name) => statSync(path.join(folder, name)).isFile()),
    async read(file) {
      const { buffer, byteOffset, length } = readFileSync(path.join(folder, file));
      return buffer.slice(byteOffset, byteOffset + length);
    },
  };
}

/**
 * Models and tasks from the folders that the page serves them from. Of a model they are the files that the page fetches,
 * so that its fingerprint is the same here and there.
 */
export const diskSources = {
  async model(reference) {
    const names = ["config.json", "tokenizer.json", "model.safetensors"];
    return { ...filesIn(path.join(root, "public/models", reference)), names };
  },
  async task(file) {
    return readFileSync(path.join(root, "public/tasks", file), "utf8");
  },
  async data(reference) {
    throw new Error(`${reference} is on no disk`);
  },
};

/** Loads modules of the project by `ssrLoadModule`; to be closed. */
export function engineServer() {
  return createServer({
    root,
    server: { middlewareMode: true, hmr: false, ws: false },
    appType: "custom",
    logLevel: "error",
  });
}

/** What ends a run that then saves: Ctrl-C, `kill`, and a terminal that is closed. */
export const endingSignals = ["SIGINT", "SIGTERM", "SIGHUP"];

/** @param body is given a function that loads a module of the project by its path from the root. */
export async function withEngine(body) {
  const vulkan = softwareVulkan(process.env);
  if (Object.keys(vulkan).length > 0) {
    // The loader reads where libraries lie only when a process starts.
    const env = { ...process.env, ...vulkan };
    const child = spawn(process.execPath, process.argv.slice(1), { env, stdio: "inherit" });
    // The child may have something to save. Ctrl-C reaches it anyway, what is sent to this process alone would not.
    for (const signal of endingSignals) process.on(signal, () => child.kill(signal));
    const [status, signal] = await once(child, "exit");
    if (signal) console.error(`ended by ${signal}`);
    process.exitCode = status ?? (endingSignals.includes(signal) ? 130 : 1);
    return;
  }
  const server = await engineServer();
  try {
    await body((module) => server.ssrLoadModule(module));
  } finally {
    await server.close();
  }
}
