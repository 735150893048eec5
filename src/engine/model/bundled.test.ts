import { readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { testGpu } from "../testing/devices.ts";
import { batchOf, bundled, filesIn, runModel } from "../testing/models.ts";
import { relativeError } from "../trust/check.ts";
import { loadModel } from "./loadModel.ts";

/** What the program that trained a model computed with it: rows of ids, padded, and what follows from them. */
interface Golden {
  readonly texts: readonly (readonly string[])[];
  readonly input_ids: readonly (readonly number[])[];
  readonly attention_mask: readonly (readonly number[])[];
  readonly token_type_ids?: readonly (readonly number[])[];
  readonly last_hidden_state?: readonly (readonly (readonly number[])[])[];
  readonly pooler_output?: readonly (readonly number[])[];
  readonly mean_pooled?: readonly (readonly number[])[];
  readonly logits?: readonly (readonly (readonly number[])[])[];
}

const matrix = (rows: readonly (readonly number[])[]) => ({
  shape: [rows.length, rows[0]!.length],
  values: Float32Array.from(rows.flat()),
});

describe.each(["pd-bert", "pd-gpt"])("the bundled model %s", (name) => {
  const folder = path.join(bundled, name);

  test("computes on the GPU what the program that trained it computed", async () => {
    const model = await loadModel(filesIn(folder));
    const { transformer, tokenizer } = model;
    expect(model.unused).toEqual([]);
    expect(model.notFinite).toEqual([]);
    const golden: Golden = JSON.parse(readFileSync(path.join(folder, "golden.json"), "utf8"));
    golden.texts.forEach(([first, second], row) => {
      const { ids } = tokenizer.encode(first!, second === undefined ? {} : { second });
      expect(ids).toEqual(golden.input_ids[row]!.filter((_, at) => golden.attention_mask[row]![at]));
    });

    const values = await runModel(await testGpu(), model, {
      inputs: new Map([
        ["ids", matrix(golden.input_ids)],
        ["mask", matrix(golden.attention_mask)],
        ...(golden.token_type_ids ? [["segments", matrix(golden.token_type_ids)] as const] : []),
      ]),
      record(forward, inputs) {
        const batch = batchOf(inputs);
        const hidden = transformer.hidden(forward, batch);
        const { pooled, logits } = transformer;
        return {
          outputs: {
            last_hidden_state: hidden,
            mean_pooled: transformer.sentence(forward, batch),
            ...(pooled && { pooler_output: pooled(forward, batch) }),
            ...(logits && { logits: logits(forward, hidden) }),
          },
        };
      },
    });
    for (const output of ["last_hidden_state", "pooler_output", "mean_pooled", "logits"] as const) {
      const expected = golden[output];
      if (!expected) continue;
      // What padding is turned into means nothing.
      const perToken = output === "last_hidden_state" || output === "logits";
      const isReal = golden.attention_mask.flat();
      const width = values.get(output)!.length / (perToken ? isReal.length : golden.texts.length);
      const real = (all: ArrayLike<number>) =>
        Array.from(all).filter((_, at) => !perToken || isReal[Math.floor(at / width)] === 1);
      // Both sides in float32 from the same float16 weights; the file keeps five or six digits.
      expect(relativeError(real(values.get(output)!), real(expected.flat(2) as number[])), output).toBeLessThan(5e-5);
    }
  });
});
