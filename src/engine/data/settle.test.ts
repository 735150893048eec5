import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { parseField } from "../field.ts";
import { modelShapes } from "../model/modelShapes.ts";
import type { ModelCatalogue, ModelSummary } from "../model/modelSummary.ts";
import { defaultConfig, type FieldName, fieldNames, type RunConfig, runFields } from "../settings/config.ts";
import { applies, problemsOf } from "../settings/problems.ts";
import type { DataSettings } from "../tasks/custom/settings.ts";
import { anyConfig } from "../testing/settings.ts";
import { fittingShots } from "./fittingShots.ts";
import type { TokenCounts } from "./inspectData.ts";
import { chosenIn, type KnownFiles, settle } from "./settle.ts";

const DATA = "rows.csv~0123456789abcdef";
const OPENED = "file:my-model~0123456789abcdef";
const own: Partial<RunConfig> = { task: "custom", data: DATA };
const dataSettings = Object.fromEntries(
  fieldNames.filter((name) => /^data./.test(name)).map((name) => [name, defaultConfig[name]]),
) as unknown as DataSettings;
const rows = (train: number, settings: Partial<DataSettings> = {}): NonNullable<KnownFiles["data"]> => ({
  split: { train, dev: 4 },
  settings: { ...dataSettings, ...settings },
});
const settled = (change: Partial<RunConfig>, known: Partial<KnownFiles> = {}, chosen = Object.keys(change)) =>
  settle(
    { config: { ...defaultConfig, ...change }, chosen: new Set(chosen as FieldName[]) },
    { models: modelShapes, ...known },
  );

describe("what nobody chose follows from model and data, and what somebody chose stays", () => {
  test("examples", () => {
    const few = { data: rows(36) };
    expect(settled(own, few)).toMatchObject({ config: { shots: "all" }, fitted: [{ field: "shots" }], problems: [] });
    expect(settled(own, { data: rows(1024) })).toMatchObject({ config: { shots: "1024" }, fitted: [], problems: [] });
    expect(settled({ ...own, shots: "64" }, few)).toMatchObject({
      config: { shots: "64" },
      problems: [{ field: "shots", problem: expect.stringContaining("has 36 rows to train on") }],
    });
  });

  test("the longest text", () => {
    const models = { ...modelShapes, [OPENED]: { ...modelShapes["pd-bert"], positions: 32 } };
    expect(settled({ model: OPENED }, { models })).toMatchObject({ config: { maxTokens: 32 }, problems: [] });
    expect(settled({ model: OPENED, maxTokens: 40 }, { models })).toMatchObject({
      config: { maxTokens: 40 },
      problems: [{ field: "maxTokens" }],
    });
  });

  test("the batch that is to be divided", () => {
    expect(settled({ accumulationSteps: 3 })).toMatchObject({
      config: { batchSize: 15, accumulationSteps: 3 },
      problems: [],
    });
    expect(settled({ accumulationSteps: 32 })).toMatchObject({ config: { batchSize: 32 }, problems: [] });
    expect(settled({ accumulationSteps: 3, batchSize: 16 })).toMatchObject({
      problems: [{ field: "accumulationSteps" }],
    });
  });

  test("a task takes the place of one that the model cannot do", () => {
    expect(settled({ model: "pd-gpt" }).problems).toMatchObject([{ field: "task" }]);
    const data = rows(2000, { dataKind: "completion", dataSecond: 2 });
    expect(settled({ model: "pd-gpt", ...own, dataKind: "completion", dataSecond: 2 }, { data }).problems).toEqual([]);
  });

  test("what means nothing beside the others is named", () => {
    expect(settled({ method: "lora", depth: 4, pairing: "packed" }).idle).toEqual(["depth"]);
  });
});

test("running text has as many examples as windows, with a margin where tokens are estimated", () => {
  const text = (total: number, counted: number) => ({
    ...rows(10, { dataKind: "language-modelling" as const }),
    tokens: { counted, of: 10, median: 0, longest: 0, cut: 0, total } satisfies TokenCounts,
  });
  const config = { shots: "64", maxTokens: 10 } as const;
  expect(fittingShots(text(740, 10), config)).toBe("64");
  expect(fittingShots(text(700, 10), config)).toBe("all");
  expect(fittingShots(text(740, 5), config)).toBe("all");
  expect(fittingShots(text(900, 5), config)).toBe("64");
  // Without a tokenizer nothing is known of windows.
  expect(fittingShots(rows(10, { dataKind: "language-modelling" }), config)).toBe("64");
});

const anyFacts: fc.Arbitrary<ModelSummary> = fc
  .record({
    base: fc.constantFrom(...Object.values<ModelSummary>(modelShapes)),
    positions: fc.constantFrom(4, 8, 16, 32, 48, 64, 512),
    isGenerative: fc.boolean(),
    isEncoderDecoder: fc.boolean(),
    packsPairs: fc.boolean(),
  })
  .map(({ base, ...rest }) => ({ ...base, ...rest }));

/** Settings of every kind, also such as do not go together, with a model that was opened and custom data. */
const anyCall = fc
  .record({
    config: anyConfig,
    loose: fc.record({
      accumulationSteps: fc.integer({ min: 1, max: 64 }),
      maxTokens: fc.integer({ min: 8, max: 256 }),
      rank: fc.integer({ min: 1, max: 64 }),
    }),
    chosen: fc.subarray([...fieldNames]),
    facts: anyFacts,
    isOpened: fc.boolean(),
    train: fc.integer({ min: 1, max: 2000 }),
  })
  .map(({ config, loose, chosen, facts, isOpened, train }) => {
    const asked = new Set(chosen);
    const written = Object.fromEntries(
      Object.entries({ ...config, ...loose }).filter(([name]) => asked.has(name as FieldName)),
    );
    const merged = { ...defaultConfig, ...written } as RunConfig;
    const isOwn = merged.task === "custom";
    const isForeign = isOpened || !(merged.model in modelShapes);
    const whole = { ...merged, ...(isForeign && { model: OPENED }), ...(isOwn && { data: DATA }) };
    const settings = Object.fromEntries(Object.keys(dataSettings).map((name) => [name, whole[name as FieldName]]));
    const models: ModelCatalogue = { ...modelShapes, [OPENED]: facts };
    const data = isOwn ? { split: { train, dev: 4 }, settings: settings as unknown as DataSettings } : undefined;
    return { config: whole, chosen: asked, known: { models, data } };
  });

test("only what nobody chose is changed, to what its field accepts, and each change is reported once", () => {
  fc.assert(
    fc.property(anyCall, ({ config, chosen, known }) => {
      const { config: after, fitted } = settle({ config, chosen }, known);
      const changed = fieldNames.filter((name) => after[name] !== config[name]);
      expect(fitted.map(({ field }) => field).sort()).toEqual(changed.sort());
      for (const { field, to, why } of fitted) {
        expect(chosen.has(field)).toBe(false);
        expect(after[field]).toBe(to);
        expect(parseField(runFields[field], String(to))).toBe(to);
        expect(why).not.toMatch(/\.$/);
      }
    }),
    { numRuns: 500 },
  );
});

test("the verdict is that of the page on the same settings, model and data", () => {
  fc.assert(
    fc.property(anyCall, ({ config, chosen, known }) => {
      const { config: after, problems } = settle({ config, chosen }, known);
      const ofPage = problemsOf(after, known.models, new Set([DATA]));
      expect(problems.filter(({ field }) => field !== "shots")).toEqual(ofPage);
      // Examples that are not there are a problem to whoever chose them, and fitted for all others.
      const shots = known.data ? fittingShots(known.data, after) : after.shots;
      const isShort = problems.some(({ field }) => field === "shots");
      expect(shots !== after.shots).toBe(isShort);
      expect(isShort && !chosen.has("shots")).toBe(false);
    }),
    { numRuns: 500 },
  );
});

test("settings that are settled are settled for good, and those of a run that fits are its own", () => {
  fc.assert(
    fc.property(anyCall, ({ config, chosen, known }) => {
      const once = settle({ config, chosen }, known);
      expect(settle({ config: once.config, chosen }, known)).toEqual({ ...once, fitted: [] });
      expect(settle({ config, chosen: new Set(fieldNames) }, known).config).toEqual(config);
    }),
    { numRuns: 300 },
  );
});

test("an experiment that says everything chooses what its link would name", () => {
  fc.assert(
    fc.property(anyConfig, (config) => {
      for (const name of chosenIn(config)) expect(applies(name, config)).toBe(true);
      expect(chosenIn(defaultConfig).size).toBe(0);
    }),
  );
});
