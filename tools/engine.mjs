// Runs TypeScript of the engine in Node: Dawn finds a software GPU where there is no other.
import { spawn } from "node:child_process";
import { once } from "node:events";
import { closeSync, openSync, readdirSync, readFileSync, readSync, statSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { createServer } from "vite";
import { softwareVulkan } from "./test/softwareVulkan.mjs";

export const root = fileURLToPath(new URL("..", import.meta.url));

/** Levels of folders that are looked into: those of `checkpoint/folder.ts`. */
const MAX_DEPTH = 4;

/** The files of a folder and of those in it, by their paths within it; links are followed, what is hidden is left out. */
export function filesIn(folder) {
  const at = (file) => path.join(folder, file);
  return {
    names: pathsIn(folder),
    read: async (file) => contentOf(at(file)),
    size: async (file) => statSync(at(file)).size,
    async slice(file, from, to) {
      const bytes = new Uint8Array(to - from);
      const opened = openSync(at(file));
      try {
        for (let read = 0; read < bytes.length; ) {
          const count = readSync(opened, bytes, read, bytes.length - read, from + read);
          if (count === 0) return bytes.slice(0, read).buffer;
          read += count;
        }
      } finally {
        closeSync(opened);
      }
      return bytes.buffer;
    },
  };
}

/** The bytes of a file, in a buffer of their own. */
export function contentOf(file) {
  const { buffer, byteOffset, length } = readFileSync(file);
  return buffer.slice(byteOffset, byteOffset + length);
}

/** @throws what the system says where the folder itself cannot be listed. */
function pathsIn(folder, depth = 1) {
  return readdirSync(folder)
    .filter((name) => !name.startsWith("."))
    .flatMap((name) => {
      const at = path.join(folder, name);
      const seen = ifPossible(() => statSync(at));
      if (seen?.isFile()) return [name];
      if (!seen?.isDirectory() || depth === MAX_DEPTH) return [];
      return (ifPossible(() => pathsIn(at, depth + 1)) ?? []).map((file) => `${name}/${file}`);
    });
}

/** A link may lead nowhere or in a circle, and a folder may be somebody else's: such are passed over. */
function ifPossible(look) {
  try {
    return look();
  } catch {
    return undefined;
  }
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
