import { expect, test } from "vitest";
import { CpuDevice } from "../device/cpu.ts";
import { diagnosticFields } from "../methods/diagnostics/index.ts";
import { methodFields, methodNamed, methods } from "../methods/index.ts";
import { baseStarts, pairStarts } from "../methods/initialisers/index.ts";
import { optimizers } from "../methods/optimizers/index.ts";
import { rankSchedules } from "../methods/ranks/index.ts";
import type { RunConfig } from "../settings/config.ts";
import { applies, problemsOf } from "../settings/problems.ts";
import { nanoConfig, nanoSession, takeSteps } from "../testing/runs.ts";

/** Settings that name an initialiser, with all that they may name. */
const starts = { loraStart: pairStarts, bases: baseStarts } as const;

/** What switches each diagnostic on that is not always measured, and nothing. */
const diagnostics: readonly Partial<RunConfig>[] = [
  {},
  ...Object.keys(diagnosticFields).map((name) => ({ [name]: 3 }) as Partial<RunConfig>),
];

const small: RunConfig = {
  ...nanoConfig,
  ...{ projectionRank: 2, batchSize: 2, shots: "16", spectrumEvery: 1, steps: 2 },
  ...{ mergeEvery: 1, rewarmupSteps: 0 },
};

const others = Object.keys(optimizers).flatMap((optimizer) =>
  ["none", ...Object.keys(rankSchedules)].map((rankSchedule) => ({ optimizer, rankSchedule })),
);

/** Every method with every optimizer, rank schedule and diagnostic, and every initialiser that the method may start from. */
const combinations: readonly RunConfig[] = Object.keys(methods).flatMap((method) =>
  others.flatMap((other) => {
    const base = { ...small, method, ...other } as RunConfig;
    const choices = Object.entries(starts).flatMap(([name, family]) =>
      applies(name as keyof typeof starts, base) ? Object.keys(family).map((start) => ({ [name]: start })) : [],
    );
    const own = choices.length > 0 ? choices : [{}];
    return own.flatMap((start) => diagnostics.map((measured) => ({ ...base, ...start, ...measured })));
  }),
);

const nameOf = (config: RunConfig) =>
  ["method", "optimizer", "rankSchedule", "loraStart", "bases", ...Object.keys(diagnosticFields)]
    .filter((name) => applies(name as keyof RunConfig, config))
    .map((name) => String(config[name as keyof RunConfig]))
    .join(" ");

test("families are walked in all their combinations", () => {
  expect(combinations.length).toBeGreaterThan(100);
  expect(new Set(combinations.map((config) => JSON.stringify(config))).size).toBe(combinations.length);
});

test("settings of methods mean nothing beside another one", () => {
  for (const method of Object.keys(methods) as RunConfig["method"][])
    for (const name of Object.keys(methodFields) as (keyof typeof methodFields)[])
      if (!Object.hasOwn(methodNamed(method).fields, name))
        expect(applies(name, { ...small, method }), `${name} of ${method}`).toBe(false);
});

test.each(combinations.map((config) => [nameOf(config), config] as const))(
  "%s trains and is measured, or is refused beside a field",
  async (_, config) => {
    const problems = problemsOf(config);
    for (const { field, problem } of problems) {
      expect(applies(field, config), field).toBe(true);
      // What, and what to do.
      expect(problem).toMatch(/^[A-Z]\w+ .*; choose /);
    }
    const [first] = problems;
    if (first) {
      await expect(nanoSession(new CpuDevice(), config)).rejects.toThrow(first.problem);
      return;
    }
    const session = await nanoSession(new CpuDevice(), config);
    const { losses, spectra } = await takeSteps(session, 2);
    expect(losses.every(Number.isFinite)).toBe(true);
    // What was chosen is at work, rather than what takes what it leaves.
    expect(session.network.arena.segments[0]!.optimizer).toBe(optimizers[config.optimizer]);
    const { layers, measured } = session.summary;
    const hasUpdates = methodNamed(config.method).trains !== "head";
    expect(spectra.length).toBe(hasUpdates ? 2 : 0);
    expect(layers.length > 0).toBe(hasUpdates);
    for (const values of spectra) {
      expect(values.length).toBeGreaterThanOrEqual(layers.length);
      expect(values.every((value) => Number.isFinite(value) && value >= 0)).toBe(true);
    }
    const isAligned = config.alignment > 0 && applies("alignment", config);
    expect(Object.keys(measured).includes("alignment")).toBe(isAligned);
    session.destroy();
  },
);
