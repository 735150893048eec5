import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import type { CheckpointFiles } from "../checkpoint/checkpoint.ts";
import { CpuDevice } from "../device/cpu.ts";
import { testGpu } from "../testing/devices.ts";
import { batchOf, bundled, filesIn, runModel } from "../testing/models.ts";
import { relativeError } from "../testing/parity.ts";
import { loadModel } from "./loadModel.ts";

/** Checkpoints that others trained or made, with what their own programs computed with them; they are not ours to ship. */
const folder = path.join(bundled, "../../../shared/data/checkpoints");
const golden = <T>(...file: string[]): T => JSON.parse(readFileSync(path.join(folder, ...file), "utf8"));
const isThere = (name: string) => existsSync(path.join(folder, name));

const matrix = (rows: readonly (readonly number[])[]) => ({
  shape: [rows.length, rows[0]!.length],
  values: Float32Array.from(rows.flat()),
});
const ones = ({ shape, values }: { shape: number[]; values: Float32Array }) => ({
  shape,
  values: new Float32Array(values.length).fill(1),
});

/** Some of these have no tokenizer, and their tests need none. */
function withTokenizer(files: CheckpointFiles): CheckpointFiles {
  const tokenizer = JSON.stringify({ model: { type: "WordPiece", unk_token: "[UNK]", vocab: { "[UNK]": 0 } } });
  const bytes = new TextEncoder().encode(tokenizer).buffer as ArrayBuffer;
  return { ...files, read: async (file) => (file === "tokenizer.json" ? bytes : files.read(file)) };
}

// The reference files are float32 and keep six digits or more: errors are 3e-7 to 8e-7 of the largest value.
const bound = 5e-6;

// The reference loops take eight seconds for the whole story.
const devices = {
  "the CPU": { open: async () => new CpuDevice(Float64Array), length: 40 },
  "the GPU": { open: testGpu, length: 256 },
};

describe.skipIf(!isThere("stories260K")).each(Object.entries(devices))("stories260K on %s", (_, { open, length }) => {
  interface Golden {
    readonly prompt_ids: readonly number[];
    readonly logits: readonly (readonly number[])[];
    readonly greedy_ids: readonly number[];
    readonly greedy_text: string;
  }

  test("gives the published logits, and its own most likely story is the published one", async () => {
    const model = await loadModel(filesIn(path.join(folder, "stories260K")));
    expect(model.unused).toEqual([]);
    const { transformer, tokenizer } = model;
    const { prompt_ids, logits, greedy_ids, greedy_text } = golden<Golden>("stories260K", "golden_forward.json");
    const scores = async (ids: readonly number[]) => {
      const input = matrix([ids]);
      const values = await runModel(await open(), model, {
        inputs: new Map([
          ["ids", input],
          ["mask", ones(input)],
        ]),
        record(forward, inputs) {
          return { outputs: { logits: transformer.logits!(forward, transformer.hidden(forward, batchOf(inputs))) } };
        },
      });
      return values.get("logits")!;
    };
    expect(relativeError(await scores(prompt_ids), logits.flat())).toBeLessThan(bound);

    // Each token is the most likely one after those before it: by induction this is what greedy decoding writes.
    const { vocabularySize } = transformer;
    const story = greedy_ids.slice(0, length);
    const all = await scores(story);
    const likeliest = story.map((__, at) => {
      const own = all.subarray(at * vocabularySize, (at + 1) * vocabularySize);
      return own.indexOf(Math.max(...own));
    });
    expect(likeliest.slice(0, -1)).toEqual(story.slice(1));
    // llama2.c prints the space that Llama's tokenizer puts before a text; tokenizers take it away again.
    expect(tokenizer.decode(greedy_ids)).toBe(greedy_text.trimStart());
  });
});

describe.skipIf(!isThere("gpt-nano-sort")).each(Object.entries(devices))("gpt-nano-sort on %s", (_, { open }) => {
  type Golden = Readonly<Record<string, { readonly shape: readonly number[]; readonly data: readonly number[] }>>;

  test("computes the published activations of every block", async () => {
    const model = await loadModel(withTokenizer(filesIn(path.join(folder, "gpt-nano-sort"))));
    expect(model.unused).toEqual([]);
    const { transformer } = model;
    const published = golden<Golden>("gpt-nano-sort", "golden_activations.json");
    const ids = { shape: [...published.idx!.shape], values: Float32Array.from(published.idx!.data) };
    const values = await runModel(await open(), model, {
      inputs: new Map([
        ["ids", ids],
        ["mask", ones(ids)],
      ]),
      record(forward, inputs) {
        const [x, block0, block1, hidden] = transformer.states(forward, batchOf(inputs));
        const logits = transformer.logits!(forward, hidden!);
        return { outputs: { x: x!, block0: block0!, block1: block1!, ln_f: hidden!, lm_head: logits } };
      },
    });
    for (const [name, computed] of values) {
      expect(relativeError(computed, published[name]!.data), name).toBeLessThan(bound);
    }
  });
});

describe.skipIf(!isThere("bert-rand-tiny")).each(Object.entries(devices))("bert-rand-tiny on %s", (_, { open }) => {
  interface Golden {
    readonly input_ids: readonly (readonly number[])[];
    readonly attention_mask: readonly (readonly number[])[];
    readonly token_type_ids: readonly (readonly number[])[];
    readonly last_hidden_state: readonly (readonly (readonly number[])[])[];
    readonly pooler_output: readonly (readonly number[])[];
  }

  test("computes the hidden states and the pooler's output of ONNX Runtime", async () => {
    const model = await loadModel(withTokenizer(filesIn(path.join(folder, "bert-rand-tiny"))));
    const { transformer } = model;
    const published = golden<Golden>("bert-rand-tiny", "golden_forward.json");
    const values = await runModel(await open(), model, {
      inputs: new Map([
        ["ids", matrix(published.input_ids)],
        ["mask", matrix(published.attention_mask)],
        ["segments", matrix(published.token_type_ids)],
      ]),
      record(forward, inputs) {
        const batch = batchOf(inputs);
        return { outputs: { hidden: transformer.hidden(forward, batch), pooled: transformer.pooled!(forward, batch) } };
      },
    });
    expect(relativeError(values.get("hidden")!, published.last_hidden_state.flat(2))).toBeLessThan(bound);
    expect(relativeError(values.get("pooled")!, published.pooler_output.flat())).toBeLessThan(bound);
  });
});
