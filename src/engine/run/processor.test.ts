import fc from "fast-check";
import { expect, test } from "vitest";
import { CpuDevice } from "../device/cpu.ts";
import { modelShapes } from "../model/modelShapes.ts";
import { defaultConfig } from "../settings/config.ts";
import { anyConfig } from "../testing/settings.ts";
import { assertFitsProcessor, tooSlowForProcessor } from "./processor.ts";

const large = { ...defaultConfig, model: "use-lite", batchSize: 128, maxTokens: 128 } as const;

test("the bundled models' presets fit, and what does not is reported with what would", () => {
  for (const facts of Object.values(modelShapes)) expect(tooSlowForProcessor(defaultConfig, facts)).toBeUndefined();
  expect(() => assertFitsProcessor(new CpuDevice(), { tensors: [] } as never, modelShapes["use-lite"], large)).toThrow(
    expect.objectContaining({
      message: expect.stringMatching(/^on the processor a step of this run would take about \d+ s/),
      hint: expect.stringMatching(
        /^Take a batch of at most \d+, texts of at most \d+ tokens, a smaller model, or train/,
      ),
    }),
  );
});

test("what is said to be accepted is, and not one more", () => {
  fc.assert(
    fc.property(
      anyConfig,
      fc.constantFrom(...Object.values(modelShapes)),
      fc.integer({ min: 1, max: 400 }),
      (config, facts, times) => {
        // A model of as many times the layers.
        const layers = new Map(
          [...facts.layers].flatMap(([id, shape]) =>
            Array.from({ length: times }, (_, at) => [`${at}.${id}`, shape] as const),
          ),
        );
        const model = { ...facts, layers };
        const slow = tooSlowForProcessor(config, model);
        if (!slow) return;
        const { batchSize, maxTokens } = slow;
        const isSlow = (change: object) => tooSlowForProcessor({ ...config, ...change }, model) !== undefined;
        if (batchSize !== undefined) {
          expect(batchSize % config.accumulationSteps).toBe(0);
          expect(isSlow({ batchSize })).toBe(false);
        }
        expect(isSlow({ batchSize: (batchSize ?? 0) + config.accumulationSteps })).toBe(true);
        if (maxTokens !== undefined) expect(isSlow({ maxTokens })).toBe(false);
        expect(isSlow({ maxTokens: maxTokens === undefined ? 8 : maxTokens + 1 })).toBe(true);
      },
    ),
    { numRuns: 500 },
  );
});
