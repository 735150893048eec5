import fc from "fast-check";
import { describe, expect, test } from "vitest";
import type { CheckpointFiles } from "../checkpoint/checkpoint.ts";
import { checkpointIn } from "../checkpoint/folder.ts";
import { CpuDevice } from "../device/cpu.ts";
import { batchOf, filesIn, fixtures, runModel } from "../testing/models.ts";
import { inspectModel, loadModel } from "./loadModel.ts";

const base = filesIn(`${fixtures}/parity/bert`);
const encode = (json: unknown) => new TextEncoder().encode(JSON.stringify(json)).buffer as ArrayBuffer;
const module = (type: string, path: string) => ({
  idx: 0,
  name: "0",
  path,
  type: `sentence_transformers.models.${type}`,
});

/** The same checkpoint as sentence-transformers saves it. */
function withModules(
  pooling: object | undefined,
  modules: readonly object[] = [module("Transformer", ""), module("Pooling", "1_Pooling")],
): CheckpointFiles {
  const more = new Map<string, ArrayBuffer>([["modules.json", encode(modules)]]);
  if (pooling) more.set("1_Pooling/config.json", encode(pooling));
  return {
    names: [...base.names, ...more.keys()],
    read: async (name) => more.get(name) ?? base.read(name),
  };
}

const [rows, length] = [2, 5];
const inputs = new Map([
  ["ids", { shape: [rows, length], values: Float32Array.of(2, 5, 9, 7, 3, 2, 11, 3, 0, 0) }],
  ["mask", { shape: [rows, length], values: Float32Array.of(1, 1, 1, 1, 1, 1, 1, 1, 0, 0) }],
]);

/** Sentence vectors by the model, and by plain sums over its hidden states. */
async function vectors(files: CheckpointFiles) {
  const model = await loadModel(await checkpointIn(files));
  const values = await runModel(new CpuDevice(Float64Array), model, {
    inputs,
    record: (forward, given) => ({
      outputs: {
        hidden: model.transformer.hidden(forward, batchOf(given)),
        sentence: model.transformer.sentence(forward, batchOf(given)),
      },
    }),
  });
  return { model, hidden: [...values.get("hidden")!], sentence: [...values.get("sentence")!] };
}

function pooled(hidden: readonly number[], width: number, way: string): number[][] {
  return [5, 3].map((tokens, row) =>
    Array.from({ length: width }, (_, col) => {
      const column = Array.from({ length: tokens }, (_, token) => hidden[(row * length + token) * width + col]!);
      if (way === "cls") return column[0]!;
      if (way === "lasttoken") return column.at(-1)!;
      return way === "max" ? Math.max(...column) : column.reduce((sum, value) => sum + value, 0) / tokens;
    }),
  );
}

describe("the pooling of a sentence-transformers folder", () => {
  test("is followed, one way or several beside each other, in their order", async () => {
    const keys = {
      cls: "pooling_mode_cls_token",
      max: "pooling_mode_max_tokens",
      mean: "pooling_mode_mean_tokens",
      lasttoken: "pooling_mode_lasttoken",
    };
    await fc.assert(
      fc.asyncProperty(fc.subarray(["cls", "max", "mean", "lasttoken"] as const, { minLength: 1 }), async (ways) => {
        const said = Object.fromEntries(
          Object.entries(keys).map(([way, key]) => [key, (ways as readonly string[]).includes(way)]),
        );
        const { model, hidden, sentence } = await vectors(withModules(said));
        const { width, sentenceWidth } = model.transformer;
        expect(sentenceWidth).toBe(ways.length * width);
        const parts = ways.map((way) => pooled(hidden, width, way));
        const wanted = [0, 1].flatMap((row) => parts.flatMap((part) => part[row]!));
        for (const [at, value] of wanted.entries()) expect(sentence[at]).toBeCloseTo(value, 10);
        expect(model.warnings).toEqual([]);
      }),
    );
  });

  test("may be named as newer files do", async () => {
    const { model } = await vectors(withModules({ pooling_mode: "cls" }));
    expect(model.config.pooling).toEqual(["cls"]);
  });

  test("that is the mean leaves the model what it is", async () => {
    const files = await checkpointIn(withModules({ pooling_mode_mean_tokens: true }));
    expect(files.names).not.toContain("modules.json");
    expect((await inspectModel(files)).config).toEqual((await inspectModel(base)).config);
  });

  test("that is not followed, and other modules, are named", async () => {
    const told = async (pooling: object | undefined, ...more: readonly object[]) => {
      const modules = [module("Transformer", ""), module("Pooling", "1_Pooling"), ...more];
      const { warnings, config } = await inspectModel(await checkpointIn(withModules(pooling, modules)));
      expect(config.pooling).toBeUndefined();
      return warnings.map(({ message }) => message);
    };
    const off = { pooling_mode_mean_tokens: false };
    expect(await told({ ...off, pooling_mode_weightedmean_tokens: true })).toEqual([
      "1_Pooling/config.json asks for pooling_mode_weightedmean_tokens, which is not followed: the mean over tokens is taken.",
    ]);
    expect(await told({ pooling_mode: "weightedmean" })).toEqual([expect.stringContaining("weightedmean")]);
    expect(await told(undefined)).toEqual([
      expect.stringContaining("modules.json names 1_Pooling/, which is not there"),
    ]);
    expect(await told({ pooling_mode_mean_tokens: true }, module("Normalize", "2_Normalize"))).toEqual([
      expect.stringContaining("cosines between them are the same"),
    ]);
    expect(await told({ pooling_mode_mean_tokens: true }, module("Dense", "2_Dense"))).toEqual([
      "modules.json has a module that is not followed: Dense (2_Dense).",
    ]);
  });

  test("that cannot be read is refused by the file's name", async () => {
    const broken = withModules({ pooling_mode_cls_token: "yes" });
    await expect(checkpointIn(broken)).rejects.toMatchObject({
      code: "config-wrong-type",
      message: "1_Pooling/config.json: pooling_mode_cls_token must be true or false",
    });
    const read = async (name: string) => (name === "modules.json" ? encode({}) : broken.read(name));
    await expect(checkpointIn({ ...broken, read })).rejects.toMatchObject({
      message: expect.stringContaining("modules.json must be a list of modules"),
    });
  });
});
