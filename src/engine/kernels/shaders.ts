/** Every shader of the engine by its path from `shaders/`. */
export const shaders = byPath(
  import.meta.glob<string>("../../../shaders/**/*.wgsl", { query: "?raw", import: "default", eager: true }),
  "shaders/",
);

/** What processors run in place of one, by its path from `assembly/`. */
export const assemblySources = byPath(
  import.meta.glob<string>("../../../assembly/*.ts", { query: "?raw", import: "default", eager: true }),
  "assembly/",
);

/** Everything that computes, by its path, which is what a run's record takes the hash of. */
export const kernelSources: Readonly<Record<string, string>> = {
  ...shaders,
  ...Object.fromEntries(Object.entries(assemblySources).map(([path, source]) => [`assembly/${path}`, source])),
};

function byPath(sources: Readonly<Record<string, string>>, folder: string): Readonly<Record<string, string>> {
  return Object.fromEntries(
    Object.entries(sources).map(([path, source]) => [path.slice(path.indexOf(folder) + folder.length), source]),
  );
}
