import { expect, test } from "vitest";
import { testNumbers } from "../../testing/random.ts";
import { relativeError } from "../../trust/check.ts";
import type { PeftLayer } from "./peftForm.ts";
import { hasForm } from "./peftForm.ts";
import { vera } from "./vera.ts";

const rank = 3;
const shapes = { wide: { inFeatures: 8, outFeatures: 5 }, tall: { inFeatures: 4, outFeatures: 7 } };

function layerOf(shape: PeftLayer["shape"], seed: number): PeftLayer {
  const tensor = (size: readonly number[], own: number) => ({
    shape: size,
    values: Float64Array.from(
      testNumbers(
        size.reduce((a, b) => a * b),
        own,
      ),
    ),
  });
  const { inFeatures, outFeatures } = shape;
  // Layers of a shape share A and B.
  return {
    shape,
    values: {
      ...{ A: tensor([rank, inFeatures], inFeatures), B: tensor([outFeatures, rank], outFeatures) },
      ...{ b: tensor([outFeatures], seed), d: tensor([rank], seed + 1) },
    },
  };
}

/** ΔW as PEFT has it: b · B[: out] · d · A[:, : in]. */
function inPeft(layers: readonly PeftLayer[]) {
  const form = vera.peft;
  if (!hasForm(form)) throw new Error("VeRA has a form in PEFT");
  const { config, tensors, layers: parts } = form.gathered!(layers, { rank });
  const { "base_model.vera_A": A, "base_model.vera_B": B } = tensors as Record<string, PeftLayer["values"][string]>;
  const ranks = Number(config.r);
  const updates = parts.map(({ shape: { inFeatures, outFeatures }, values: { b, d } }) =>
    Float64Array.from({ length: outFeatures * inFeatures }, (_, at) => {
      const [row, col] = [Math.floor(at / inFeatures), at % inFeatures];
      let sum = 0;
      for (let k = 0; k < ranks; k++)
        sum += b!.values[row]! * B!.values[row * ranks + k]! * d!.values[k]! * A!.values[k * A!.shape[1]! + col]!;
      return sum;
    }),
  );
  return { ranks, updates };
}

const statedOf = ({ shape, values }: PeftLayer) =>
  vera.delta(
    Object.fromEntries(Object.entries(values).map(([name, each]) => [name, each.values])),
    { rank },
    shape,
    [],
  );

test.each([
  [[shapes.wide, shapes.wide], rank],
  [[shapes.wide, shapes.tall, shapes.wide, shapes.tall], 2 * rank],
])("PEFT's one A and B for layers of all shapes mean the same updates: %#", (given, expected) => {
  const layers = given.map((shape, index) => layerOf(shape, 10 * index + 20));
  const { ranks, updates } = inPeft(layers);
  expect(ranks).toBe(expected);
  for (const [index, layer] of layers.entries())
    expect(relativeError(updates[index]!, statedOf(layer))).toBeLessThan(1e-14);
});
