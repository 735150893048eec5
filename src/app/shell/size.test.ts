import { gzipSync } from "node:zlib";
import { build, type Rolldown } from "vite";
import { expect, test, vi } from "vitest";

/** Kilobytes, gzipped, of the scripts that the gallery needs; recharts alone would be 105 more. */
const MOST = 150;

test("the gallery comes without lab and charts, whose code is fetched beside it", async () => {
  // React has another build for tests.
  vi.stubEnv("NODE_ENV", "production");
  const built = (await build({ logLevel: "silent", build: { write: false } })) as Rolldown.RolldownOutput;
  vi.unstubAllEnvs();
  const chunks = new Map(built.output.flatMap((file) => (file.type === "chunk" ? [[file.fileName, file]] : [])));
  const shell = new Set<string>();
  const add = (name: string): void => {
    if (shell.has(name)) return;
    shell.add(name);
    for (const next of chunks.get(name)?.imports ?? []) add(next);
  };
  const entry = [...chunks.values()].find(({ isEntry }) => isEntry)!;
  add(entry.fileName);
  const code = [...shell].map((name) => chunks.get(name)!);
  const modules = code.flatMap(({ moduleIds }) => moduleIds);
  expect(modules.some((id) => id.endsWith("gallery/Gallery.tsx"))).toBe(true);
  expect(modules.filter((id) => /app\/(lab|charts)\/.*\.tsx?$|recharts/.test(id))).toEqual([]);
  const bytes = code.reduce((sum, chunk) => sum + gzipSync(chunk.code).length, 0);
  expect(bytes / 1000).toBeLessThan(MOST);
});
