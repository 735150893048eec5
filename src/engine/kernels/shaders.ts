/** Every shader of the engine by its path from `shaders/`: what a run's record takes the hash of. */
export const shaders: Readonly<Record<string, string>> = Object.fromEntries(
  Object.entries(
    import.meta.glob<string>("../../../shaders/**/*.wgsl", { query: "?raw", import: "default", eager: true }),
  ).map(([path, source]) => [path.slice(path.indexOf("shaders/") + "shaders/".length), source]),
);
