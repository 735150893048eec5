import { describe, expect, test } from "vitest";
import type { Field } from "../../field.ts";
import type { Adapter } from "../../methods/adapters/adapter.ts";
import { adapters } from "../../methods/adapters/index.ts";
import { hasForm } from "../../methods/adapters/peftForm.ts";
import { optimizers } from "../../methods/optimizers/index.ts";
import type { Optimizer } from "../../methods/optimizers/optimizer.ts";
import { defaultConfig, type FieldName, type RunConfig } from "../../settings/config.ts";
import { applies } from "../../settings/problems.ts";
import { writePythonScript } from "./index.ts";

const scriptOf = (config: RunConfig) => writePythonScript(config, { family: "bert", packsPairs: true, layers: [] });
const configOf = (change: object) => ({ ...defaultConfig, ...change }) as RunConfig;
const ofMethod = (method: string, change = {}) => scriptOf(configOf({ method, ...change }));
/** What every program has. */
const frame = ofMethod("head");

const methodTable = Object.entries<Adapter>(adapters);
const stated = methodTable.filter(([, { python }]) => python !== undefined);
/** Every optimizer with each value of each of its choices; some are for full fine-tuning alone. */
const optimizerTable = Object.entries<Optimizer>(optimizers).flatMap(([optimizer, entry]) => {
  const choices = Object.entries<Field>(entry.fields).flatMap(([name, field]) =>
    field.kind === "choice" ? Object.keys(field.options).map((value) => ({ [name]: value })) : [],
  );
  return [{}, ...choices].map((change) => {
    const config = configOf({ optimizer, method: "full", ...change });
    return { optimizer, entry, config, text: entry.python?.(config) };
  });
});
const occurrences = (script: string, text: string) => script.split(text).length - 1;

/** Does something while a property of an entry is another one. */
function whileIt<T extends object>(entry: T, property: keyof T, value: unknown, act: () => void): void {
  const own = Object.getOwnPropertyDescriptor(entry, property)!;
  Object.defineProperty(entry, property, { ...own, value });
  try {
    act();
  } finally {
    Object.defineProperty(entry, property, own);
  }
}

describe.each(stated)("the statement of %s", (name, adapter) => {
  const python = adapter.python!;

  test("is in its program once, and no other method's is", () => {
    const script = ofMethod(name);
    expect(occurrences(script, python)).toBe(1);
    for (const [, other] of stated) if (other.python !== python) expect(script).not.toContain(other.python);
    expect(frame).not.toContain(python);
  });

  test("is what the program needs to know it: without it there is a refusal by name", () => {
    whileIt(adapter, "python", undefined, () => {
      expect(() => ofMethod(name)).toThrow(`does not know Method "${name}"`);
    });
  });

  test("starts every parameter, reads every setting, and is one pair or one weight", () => {
    expect(python).toMatch(/^# ---- .* ----\n/);
    expect(python).toContain(/(arXiv:[\d.]+|[A-Z]{4,})$/.exec(adapter.source)![0]);
    const settings = Object.fromEntries(Object.entries(adapter.fields).map(([key, { initial }]) => [key, initial]));
    const names = Object.keys(adapter.parameters({ inFeatures: 16, outFeatures: 16 }, settings));
    // Numbered ones are made in a loop.
    for (const parameter of names) expect(python).toMatch(new RegExp(`"${parameter.replace(/\d$/, "(\\d|\\{)")}`));
    expect(python).toMatch(/^def start\(layer, s\):$/m);
    expect(python.match(/^def (pair\(f, s\)|weight\(f, s, W\)):$/gm)).toHaveLength(1);
    const isRead = (key: string) => new RegExp(`\\b(?:s|OWN)\\.${key}\\b`).test(`${python}\n${frame}`);
    const unread = Object.entries(adapter.fields).filter(([key]) => !isRead(key));
    expectRead(Object.fromEntries(Object.entries(adapter.fields).filter(([key]) => isRead(key))), python);
    // What is not read is a choice that is refused, or means nothing without it.
    for (const [key, field] of unread) {
      // What bases are made of is said to the frame beside the settings.
      if (key === "bases") continue;
      if (field.kind !== "choice") {
        expect(applies(key as FieldName, configOf({ method: name })), key).toBe(false);
        continue;
      }
      for (const other of Object.keys(field.options).filter((option) => option !== field.initial))
        expect(() => ofMethod(name, { [key]: other }), other).toThrow(`(${key})`);
    }
  });

  test("that is no pair is saved in a form of PEFT's", () => {
    expect(/^def pair/m.test(python) || hasForm(adapter.peft)).toBe(true);
  });

  const numbers = Object.entries(adapter.fields).filter(
    ([key, { kind }]) => kind === "number" && python.includes(`s.${key}`) && !frame.includes(`OWN.${key}`),
  );
  test.each(numbers)("without %s is refused once that is not what it usually is", (key, { initial }) => {
    whileIt(adapter, "python", python.replaceAll(new RegExp(`\\bs\\.${key}\\b`, "g"), "1"), () => {
      expect(() => ofMethod(name, { [key]: 2 * Number(initial) })).toThrow(`(${key})`);
      expect(ofMethod(name)).toContain("def start(layer, s)");
    });
  });
});

describe.each(optimizerTable.filter(({ text }) => text !== undefined))(
  "the statement of $optimizer ($config.projector, $config.nesterov)",
  ({ optimizer, entry, config, text }) => {
    test("is in its program once, and nothing of another's is", () => {
      const script = scriptOf(config);
      expect(occurrences(script, text!)).toBe(1);
      const parts = optimizerTable.flatMap((other) => other.text?.split("\n\n# ----") ?? []);
      for (const part of new Set(parts)) expect(script.includes(part)).toBe(text!.includes(part));
      const own = Object.entries(entry.fields).filter(([name]) => entry.applies?.(name, config) ?? true);
      expectRead(Object.fromEntries(own), text!);
    });

    test("is what the program needs to know it: without it there is a refusal by name", () => {
      whileIt(
        entry,
        "python",
        () => undefined,
        () => {
          expect(() => scriptOf(config)).toThrow(`does not know Optimizer "${optimizer}"`);
        },
      );
    });
  },
);

/** Every setting is read, and of a choice every value but the one that is left over; what is chosen may be a text too. */
function expectRead(fields: Readonly<Record<string, Field>>, python: string): void {
  for (const [name, field] of Object.entries(fields)) {
    expect(`${python}\n${frame}`, name).toMatch(new RegExp(`\\b(?:s|OWN)\\.${name}\\b`));
    // Projectors have statements of their own.
    if (field.kind !== "choice" || name === "projector") continue;
    const values = Object.keys(field.options);
    const named = values.filter((value) => python.includes(`"${value}"`));
    expect(named.length, name).toBeGreaterThanOrEqual(values.length - 1);
  }
}
