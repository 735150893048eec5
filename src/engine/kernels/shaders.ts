import assembly from "../../../assembly/matmul.ts?raw";

/** Every shader of the engine by its path from `shaders/`. */
export const shaders: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(
    import.meta.glob<string>("../../../shaders/**/*.wgsl", { query: "?raw", import: "default", eager: true }),
  ).map(([path, source]) => [path.slice(path.indexOf("shaders/") + "shaders/".length), source]),
);

/** Everything that computes, by its path, which is what a run's record takes the hash of: the shaders, and what processors run in place of one. */
export const kernelSources: Readonly<Record<string, string>> = { ...shaders, "assembly/matmul.ts": assembly };
