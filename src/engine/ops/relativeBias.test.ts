import { expect, test } from "vitest";
import { relativeBuckets } from "./relativeBias.ts";

/** Buckets from the farthest key behind to the farthest ahead, each with how many distances it holds in a row. */
function runs(options: Parameters<typeof relativeBuckets>[0]): string {
  const found: [bucket: number, count: number][] = [];
  for (const bucket of relativeBuckets(options)) {
    if (found.at(-1)?.[0] === bucket) found.at(-1)![1]++;
    else found.push([bucket, 1]);
  }
  return found.map(([bucket, count]) => (count === 1 ? `${bucket}` : `${bucket}×${count}`)).join(" ");
}

// The expected runs are those of transformers 5.24, T5Attention._relative_position_bucket(torch.arange(-n, n + 1), …).
test.each([
  [
    { buckets: 32, maxDistance: 128, bothWays: true },
    "15×38 14×27 13×18 12×14 11×9 10×7 9×4 8×4 7 6 5 4 3 2 1 0 17 18 19 20 21 22 23 24×4 25×4 26×7 27×9 28×14 29×18 30×27 31×38",
  ],
  [
    { buckets: 32, maxDistance: 128, bothWays: false },
    "31×16 30×14 29×12 28×10 27×10 26×8 25×7 24×6 23×6 22×5 21×4 20×4 19×3 18×3 17×2 16×3 15 14 13 12 11 10 9 8 7 6 5 4 3 2 1 0×129",
  ],
  [{ buckets: 6, maxDistance: 5, bothWays: true }, "2×3 1×2 0 4×2 5×3"],
  [{ buckets: 8, maxDistance: 20, bothWays: false }, "7×7 6×5 5×3 4×2 3 2 1 0×21"],
] as const)("%j", (options, expected) => {
  expect(runs(options)).toBe(expected);
});
