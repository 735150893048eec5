// How TypeScript of the project runs in Node: through Vite, so that shaders, WebAssembly and packages are there as in the page.

// @ts-check
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";

/** The project's folder. */
export const root = fileURLToPath(new URL("..", import.meta.url));

/** What ends a run that then saves: Ctrl-C, `kill`, and a terminal that is closed. @type {readonly NodeJS.Signals[]} */
export const endingSignals = ["SIGINT", "SIGTERM", "SIGHUP"];

/**
 * How a program is called: the comment that its file begins with.
 *
 * @param {string} file
 */
export function helpOf(file) {
  const [comment = ""] = /^(\/\/.*\n)*/.exec(readFileSync(file, "utf8")) ?? [];
  return comment.replaceAll(/^\/\/ ?/gm, "").trimEnd();
}

/** An environment whose `runner` imports modules of the project by their paths; to be closed. */
export async function openRuntime() {
  const { createRunnableDevEnvironment, createServerModuleRunnerTransport, resolveConfig } = await import("vite");
  const { ModuleRunner } = await import("vite/module-runner");
  const { assemblyScript } = await import("./wasm/plugin.mjs");
  const { NODE_ENV } = process.env;
  const config = await resolveConfig(
    {
      root,
      configFile: false,
      envDir: false,
      publicDir: false,
      logLevel: "error",
      plugins: [assemblyScript()],
      environments: {
        node: {
          consumer: "server",
          resolve: { external: true, mainFields: [], conditions: ["node"] },
          // Transforms what a module imports while it is itself still being transformed: half the time of a start.
          dev: { moduleRunnerTransform: true, preTransformRequests: true },
        },
      },
    },
    "serve",
  );
  // Vite sets it for itself; what programs start is not meant.
  if (NODE_ENV === undefined) delete process.env.NODE_ENV;
  const environment = createRunnableDevEnvironment("node", config, {
    hot: false,
    // Vite's own runner starts a thread for `import.meta.resolve`, which nothing here calls.
    runner: ({ hot }) =>
      new ModuleRunner({ transport: createServerModuleRunnerTransport({ channel: hot }), hmr: false }),
  });
  await environment.init();
  return environment;
}

/**
 * Runs a program to its end, which finds its arguments where a program of Node's does. `--help` among them shows its help
 * instead, and so does a `CallError`; this and a `UsageError` make the exit code 2.
 *
 * @param {string} file absolute path.
 * @param {readonly string[]} given arguments.
 */
export async function runProgram(file, given) {
  if (given.includes("--help")) {
    console.log(helpOf(file));
    return;
  }
  process.argv = [process.execPath, file, ...given];
  const runtime = await openRuntime();
  try {
    await runtime.runner.import(file);
  } catch (error) {
    if (!(error instanceof Error && ["CallError", "UsageError"].includes(error.name))) throw error;
    console.error(`\n${error.message}${error.name === "CallError" ? `\n\n${helpOf(file)}` : ""}`);
    process.exitCode = 2;
  }
}
