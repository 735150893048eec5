import { describe, expect, test } from "vitest";
import { SafetensorsFile } from "../checkpoint/safetensors.ts";
import { CpuDevice } from "../device/cpu.ts";
import type { Adapter } from "../methods/adapters/adapter.ts";
import { type AdapterName, adapters } from "../methods/adapters/index.ts";
import { hasForm } from "../methods/adapters/peftForm.ts";
import { matrix, product } from "../methods/adapters/plain.ts";
import type { LinearLayer } from "../model/transformer.ts";
import type { TrainingSession } from "../run/session.ts";
import type { RunConfig } from "../settings/config.ts";
import { nanoSession, nanoSources, takeSteps } from "../testing/runs.ts";
import { relativeError } from "../trust/check.ts";
import { adapterBundle } from "./bundle.ts";
import { type InPeft, inPeft } from "./inPeft.ts";
import { trainedTensors } from "./mergedFiles.ts";
import { openAdapter } from "./openAdapter.ts";
import { moduleOf } from "./peft.ts";
import { pythonModelOf } from "./pythonModel.ts";
import { layerUpdates, pairsAmong } from "./updates.ts";

const device = () => new CpuDevice(Float64Array);
const onGpt2 = { model: "pd-gpt", task: "kjv" } as const;
const methodTable = Object.entries<Adapter>(adapters) as [AdapterName, Adapter][];

/** A run after a few steps, so that every parameter has moved. */
async function trained(settings: Partial<RunConfig>): Promise<TrainingSession> {
  const session = await nanoSession(device(), { targets: "attention-mlp", steps: 4, ...settings });
  await takeSteps(session, 4);
  return session;
}

async function filesOf(session: TrainingSession, trim = false): Promise<InPeft> {
  const python = pythonModelOf(session.config, session.model.transformer.family)!;
  return (await inPeft(device(), session, { python, base: "nano", trim })) as InPeft;
}

/** What PEFT makes of a layer's weight W [out, in], by its own formula for a type, in plain loops. */
function changedWeight(
  { files, type }: InPeft,
  { weight, inFeatures: n, outFeatures: m }: LinearLayer,
  W: Float64Array,
): Float64Array {
  const config = JSON.parse(files["adapter_config.json"]);
  const file = new SafetensorsFile(files["adapter_model.safetensors"]);
  const module = config.target_modules.find((name: string) => `.${name}`.endsWith(`.${moduleOf(weight)}`));
  const of = (name: string) => file.read(name);
  const own = (part: string) => of(`base_model.model.${module}.${part}`);
  const times = (up: string, down: string, rank: number) =>
    product(matrix(own(up).values, m, rank), matrix(own(down).values, rank, n)).values;
  switch (type) {
    case "LORA": {
      const rank = config.rank_pattern?.[module] ?? config.r;
      const scale =
        (config.alpha_pattern?.[module] ?? config.lora_alpha) / (config.use_rslora ? Math.sqrt(rank) : rank);
      const sum = times("lora_B.weight", "lora_A.weight", rank).map((x, at) => W[at]! + scale * x);
      if (!config.use_dora) return sum;
      const magnitude = own("lora_magnitude_vector");
      expect(magnitude.shape).toEqual([m]);
      const norms = magnitude.values.map((_, row) => Math.hypot(...sum.subarray(row * n, (row + 1) * n)));
      return sum.map((x, at) => (x * magnitude.values[Math.floor(at / n)]!) / norms[Math.floor(at / n)]!);
    }
    case "HIRA":
      return times("hira_B", "hira_A", config.r).map((x, at) => W[at]! * (1 + x));
    case "MISS": {
      const { values } = own("miss_block");
      return W.map((x, at) => x + values[((at % n) % config.r) * m + Math.floor(at / n)]!);
    }
    case "VERA": {
      const [A, B] = [of("base_model.vera_A"), of("base_model.vera_B")];
      const [b, d] = [own("vera_lambda_b").values, own("vera_lambda_d").values];
      expect([A.shape[0], B.shape[1], d.length]).toEqual([config.r, config.r, config.r]);
      return W.map((x, at) => {
        const [row, col] = [Math.floor(at / n), at % n];
        let sum = 0;
        for (let k = 0; k < config.r; k++)
          sum += b[row]! * B.values[row * config.r + k]! * d[k]! * A.values[k * A.shape[1]! + col]!;
        return x + sum;
      });
    }
  }
  throw new Error(`no test knows the type ${type}`);
}

/** A stored matrix as [out, in]. */
function upright({ storedInByOut, inFeatures, outFeatures }: LinearLayer, values: ArrayLike<number>): Float64Array {
  if (!storedInByOut) return Float64Array.from(values);
  return Float64Array.from(values, (_, at) => values[(at % inFeatures) * outFeatures + Math.floor(at / inFeatures)]!);
}

async function expectSameWeights(session: TrainingSession, found: InPeft): Promise<void> {
  const { model, summary } = session;
  const merged = await trainedTensors(device(), session);
  const layers = model.transformer.layers.filter(({ id }) => summary.layers.some((layer) => layer.id === id));
  expect(layers.length).toBeGreaterThan(3);
  for (const layer of layers) {
    const before = upright(layer, model.tensors.get(layer.weight)!.values);
    const expected = upright(layer, merged.get(layer.weight)!.values);
    // Files are float32, and so are merged weights.
    expect(relativeError(changedWeight(found, layer, before), expected), layer.id).toBeLessThan(1e-6);
    expect(relativeError(before, expected)).toBeGreaterThan(1e-5);
  }
}

describe.each(methodTable)("%s", (method, { peft, label }) => {
  test.each([{}, onGpt2])("is in PEFT the function that it is here: %j", async (settings) => {
    const session = await trained({ method, ...settings });
    const found = await filesOf(session);
    const isOwn = hasForm(peft) && !(peft.linearOnly && "model" in settings);
    expect(found.isOwn).toBe(isOwn);
    expect(found.type).toBe(isOwn ? peft.kind.peft_type : "LORA");
    await expectSameWeights(session, found);
    session.destroy();
  });

  test("is told of on the card", async () => {
    const session = await trained({ method });
    const { files, refusal } = await adapterBundle(device(), session, about);
    const card = files["README.md"] as string;
    expect(refusal).toBeUndefined();
    expect(card).toContain(hasForm(peft) ? `in PEFT's own form of ${label}.` : "folded to one pair of matrices");
    session.destroy();
  });
});

const about = { sources: nanoSources, notes: { title: "", note: "" }, metrics: [], device: "a test", trim: false };

test.each(methodTable)("%s is trimmed as pairs, or has nothing to trim", async (method, { label }) => {
  const session = await trained({ method });
  if (pairsAmong(await layerUpdates(device(), session.network))) {
    const found = await filesOf(session, true);
    expect(found).toMatchObject({ type: "LORA", isOwn: false });
    expect(found.trimError).toBeLessThan(1);
  } else {
    await expect(filesOf(session, true)).rejects.toThrow(`${label} changes weights as no pair of matrices B·A can`);
  }
  session.destroy();
});

/** Methods that PEFT could only have in a form of their own. */
const noPairs = methodTable.filter(([, { python }]) => /^def weight/m.test(python ?? ""));

describe.each(noPairs)("what PEFT cannot have is refused by name, with what to do instead: %s", (method, adapter) => {
  const { peft, label } = adapter;
  test.each<[string, object, Partial<RunConfig>, string]>([
    ["by its entry", { refused: "PEFT has no such adapter" }, {}, `${label}: PEFT has no such adapter`],
    [
      "on Conv1D",
      { ...(peft as object), linearOnly: true },
      onGpt2,
      `PEFT has ${label} for nn.Linear alone, and layers of this model are Conv1D`,
    ],
  ])("%s", async (_, other, settings, said) => {
    const own = Object.getOwnPropertyDescriptor(adapter, "peft")!;
    const session = await trained({ method, ...settings });
    Object.defineProperty(adapter, "peft", { ...own, value: other });
    try {
      const { files, refusal } = await adapterBundle(device(), session, about);
      expect(refusal).toBe(said);
      expect(Object.keys(files)).not.toContain("adapter_config.json");
      const card = files["README.md"] as string;
      expect(card).toContain(said);
      expect(card).toContain("other programs read the merged model");
      expect(card).not.toMatch(/library_name|PeftModel|adapter_model/);
    } finally {
      Object.defineProperty(adapter, "peft", own);
    }
    session.destroy();
  });
});

describe("read back", () => {
  const open = ({ files }: InPeft, settings: RunConfig) =>
    openAdapter(
      Object.entries(files).map(([name, content]) => ({
        name,
        read: async () =>
          typeof content === "string" ? (new TextEncoder().encode(content).buffer as ArrayBuffer) : content,
      })),
      settings,
      nanoSources,
    );

  const forms = methodTable.flatMap(([method, { peft }]) => (hasForm(peft) ? [{ method, form: peft }] : []));

  test.each(forms.filter(({ form }) => form.unread === undefined))(
    "$method is where a run of it starts, with the same weights",
    async ({ method, form }) => {
      const settings = form.linearOnly ? {} : onGpt2;
      const session = await trained({ method, scaling: "root", alpha: 6, ...settings });
      const found = await filesOf(session);
      const config = JSON.parse(found.files["adapter_config.json"]);
      const dropout = `${form.kind.peft_type.toLowerCase()}_dropout`;
      const files = { ...found.files, "adapter_config.json": JSON.stringify({ ...config, [dropout]: 0.25 }) };
      const opened = await open({ ...found, files }, { ...session.config, method: "head", rank: 2, alpha: 3 });
      expect(opened.warnings).toEqual([expect.stringContaining(`${dropout} 0.25`)]);
      const { learningRate } = adapters[method];
      expect(opened.config).toMatchObject({ method, rank: 4, targets: "attention-mlp", learningRate });
      // Every step sees all examples, so that losses compare.
      const again = await nanoSession(device(), { ...opened.config, batchSize: 16 });
      await again.restore(opened.from);
      const [expected, merged] = [await trainedTensors(device(), session), await trainedTensors(device(), again)];
      for (const [name, { values }] of expected)
        expect(relativeError(merged.get(name)!.values, values)).toBeLessThan(1e-6);
      const { losses } = await takeSteps(again, 4);
      expect(losses.at(-1)!).toBeLessThan(losses[0]!);
      session.destroy();
      again.destroy();
    },
  );

  test.each(forms.filter(({ form }) => form.unread !== undefined))(
    "$method is refused by name, with why and what to do",
    async ({ method, form }) => {
      const session = await trained({ method });
      await expect(open(await filesOf(session), session.config)).rejects.toMatchObject({
        code: "adapter-unsupported",
        message: expect.stringContaining(form.unread!),
        hint: expect.stringContaining("merge_and_unload"),
      });
      session.destroy();
    },
  );
});
