import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { SafetensorsFile } from "../checkpoint/safetensors.ts";
import { CpuDevice } from "../device/cpu.ts";
import { batchOf, bundled, fileBytes, filesIn, fixtures, runModel } from "../testing/models.ts";
import { loadModel, transformerOf } from "./loadModel.ts";
import { selectLayers } from "./targets.ts";
import { sinusoids } from "./useLite.ts";

const folder = path.join(bundled, "use-lite");
execFileSync(process.execPath, [path.join(bundled, "../../tools/use-lite/ensure.mjs")]);
const model = await loadModel(filesIn(folder));
const golden = new SafetensorsFile(fileBytes(path.join(fixtures, "use-lite/golden.safetensors")), "golden.safetensors");
const texts: string[] = JSON.parse(readFileSync(path.join(fixtures, "use-lite/texts.json"), "utf8"));

describe("Universal Sentence Encoder Lite", () => {
  test("tokens are those of an independent implementation", () => {
    const [ids, mask] = [golden.read("ids"), golden.read("mask")];
    const length = ids.shape[1]!;
    texts.forEach((text, row) => {
      const expected = [...ids.values.slice(row * length, (row + 1) * length)].filter(
        (_, at) => mask.values[row * length + at],
      );
      expect(model.tokenizer.encode(text).ids, text).toEqual(expected);
    });
  });

  test("int8 turns no sentence vector by more than 2 degrees from the original", () => {
    const [stored, original] = [golden.read("stored").values, golden.read("original").values];
    const width = model.transformer.sentenceWidth;
    texts.forEach((text, row) => {
      const cosine = stored
        .slice(row * width, (row + 1) * width)
        .reduce((sum, value, at) => sum + value * original[row * width + at]!, 0);
      expect(cosine, text).toBeGreaterThan(Math.cos((2 * Math.PI) / 180));
    });
  });

  test("has 6.98 million parameters, all of them used", () => {
    const learnt = model.transformer.tensors.filter(({ constant }) => !constant);
    expect(learnt.reduce((sum, { name }) => sum + model.tensors.get(name)!.values.length, 0)).toBe(6_975_744);
    expect(model.unused).toEqual([]);
    expect(model.notFinite).toEqual([]);
  });
});

test("positions are sines, then cosines, at rates from 1 down to 1/10000", () => {
  const table = sinusoids(3, 8);
  expect([...table.slice(0, 8)]).toEqual([0, 0, 0, 0, 1, 1, 1, 1]);
  expect(table[16]).toBeCloseTo(Math.sin(2), 6);
  expect(table[19]).toBeCloseTo(Math.sin(2e-4), 6);
  expect(table[20]).toBeCloseTo(Math.cos(2), 6);
});

test("a smaller model of the family works on the CPU: gradients reach every layer", async () => {
  const config = {
    ...model.config,
    vocabularySize: 5,
    width: 8,
    embeddingWidth: 4,
    heads: 2,
    innerWidth: 6,
    maxLength: 4,
  };
  if (config.family !== "use-lite") throw new Error("the model is no use-lite");
  const transformer = transformerOf(config, new Set());
  const tensors = new Map(
    transformer.tensors.map(({ name, shape }, index) => {
      const length = shape.reduce((product, size) => product * size, 1);
      return [name, { shape, values: Float32Array.from({ length }, (_, at) => Math.sin(at * 1.7 + index)) }];
    }),
  );
  const watched = selectLayers(transformer, "all-dense").map(({ weight }) => weight);
  const ones = { shape: [1, 8], values: new Float32Array(8).fill(1) };
  const values = await runModel(
    new CpuDevice(Float64Array),
    { transformer, tensors },
    {
      inputs: new Map([
        ["ids", { shape: [1, 3], values: Float32Array.of(1, 4, 2) }],
        ["mask", { shape: [1, 3], values: Float32Array.of(1, 1, 1) }],
        ["ones", ones],
      ]),
      watched,
      record(forward, inputs) {
        const sentence = transformer.sentence(forward, batchOf(inputs));
        return { outputs: { sentence }, seeds: new Map([[sentence, inputs.get("ones")!]]) };
      },
    },
  );
  expect(Math.hypot(...values.get("sentence")!)).toBeCloseTo(1, 9);
  for (const name of watched) expect(Math.max(...values.get(`d ${name}`)!.map(Math.abs)), name).toBeGreaterThan(0);
});
