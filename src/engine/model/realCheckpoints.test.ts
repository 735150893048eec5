import { execFileSync } from "node:child_process";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { CpuDevice } from "../device/cpu.ts";
import { testGpu } from "../testing/devices.ts";
import { bundled } from "../testing/models.ts";
import { goldenOf, isThere, loadReal, realCheckpoints, type StoriesGolden } from "../testing/realCheckpoints.ts";

execFileSync(process.execPath, [path.join(bundled, "../../tools/use-lite/ensure.mjs")]);

/** Seven million parameters take the reference loops minutes. */
const isLarge = (name: string) => name.startsWith("use-lite");

describe.each(Object.entries(realCheckpoints))("%s", (name, checkpoint) => {
  const devices = [
    ...(isLarge(name) ? [] : [["the CPU", async () => new CpuDevice(Float64Array)] as const]),
    ["the GPU", testGpu] as const,
  ];

  test.skipIf(!isThere(checkpoint)).each(devices)("computes on %s what its own program does", async (_, open) => {
    for (const { quantity, error, tolerance } of await checkpoint.measure(await open()))
      expect(error, quantity).toBeLessThanOrEqual(tolerance);
  });
});

describe.skipIf(!isThere(realCheckpoints.stories260K!))("stories260K", () => {
  test("is read whole, and its tokenizer writes the published story", async () => {
    const { unused, tokenizer } = await loadReal("stories260K");
    expect(unused).toEqual([]);
    const { greedy_ids, greedy_text } = goldenOf<StoriesGolden>("stories260K", "golden_forward.json");
    // llama2.c prints the space that Llama's tokenizer puts before a text; tokenizers take it away again.
    expect(tokenizer.decode(greedy_ids)).toBe(greedy_text.trimStart());
  });
});

test.skipIf(!isThere(realCheckpoints["gpt-nano-sort"]!))("gpt-nano-sort is read whole", async () => {
  expect((await loadReal("gpt-nano-sort")).unused).toEqual([]);
});
