import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { inspectModel, loadModel } from "../model/loadModel.ts";
import { filesIn, fixtures } from "../testing/models.ts";
import type { CheckpointFiles } from "./checkpoint.ts";
import { type HostTensor, SafetensorsFile } from "./safetensors.ts";
import { writeSafetensors } from "./writeSafetensors.ts";

type Tensors = Map<string, HostTensor>;

const families = ["bert", "roberta", "distilbert", "gpt2", "llama", "llama-tied", "t5"] as const;
const folders = new Map(families.map((family) => [family, filesIn(`${fixtures}/parity/${family}`)]));

/** The tensors of a family's checkpoint, by the names that its file has. */
async function tensorsOf(family: string): Promise<Tensors> {
  const file = new SafetensorsFile(await folders.get(family as "bert")!.read("model.safetensors"));
  return new Map(file.names.map((name) => [name, file.read(name)]));
}

/** The same checkpoint with other tensors, and with other keys in its config.json. */
async function withTensors(
  family: string,
  change: (tensors: Tensors) => Iterable<readonly [string, HostTensor]>,
  { config = {}, metadata = {} }: { config?: object; metadata?: Record<string, string> } = {},
): Promise<CheckpointFiles> {
  const files = folders.get(family as "bert")!;
  const weights = writeSafetensors(new Map(change(await tensorsOf(family))), { format: "pt", ...metadata });
  return {
    ...files,
    async read(file) {
      if (file === "model.safetensors") return weights;
      const buffer = await files.read(file);
      if (file !== "config.json") return buffer;
      const json = { ...JSON.parse(new TextDecoder().decode(buffer)), ...config };
      return new TextEncoder().encode(JSON.stringify(json)).buffer;
    },
  };
}

const renamedBy = (how: (name: string) => string) => (tensors: Tensors) =>
  [...tensors].map(([name, tensor]) => [how(name), tensor] as const);
const codes = ({ warnings }: { readonly warnings: readonly { readonly code: string }[] }) =>
  warnings.map(({ code }) => code);

/** Norms by the names that they had when BERT was TensorFlow's. */
const older = (name: string) =>
  name.replace(/(norm|ln_\w+)\.weight$/i, "$1.gamma").replace(/(norm|ln_\w+)\.bias$/i, "$1.beta");

describe("names of tensors", () => {
  test("gamma and beta of norms are weight and bias, which is reported", async () => {
    const clean = await loadModel(folders.get("bert")!);
    const model = await loadModel(await withTensors("bert", renamedBy(older)));
    expect(model.tensors).toEqual(clean.tensors);
    expect(codes(model)).toEqual(["renamed-tensors"]);
    expect(model.warnings[0]!.message).toContain("gamma for weight and beta for bias");
  });

  test("what surrounds a model and its head is left out, and the head is found beside it", async () => {
    const clean = await loadModel(folders.get("llama")!);
    const model = await loadModel(
      await withTensors(
        "llama",
        renamedBy((name) => `module._orig_mod.${name}`),
      ),
    );
    expect(model.tensors).toEqual(clean.tensors);
    expect(model.prefix).toBe("model.");
    expect(model.warnings.map(({ message }) => message)).toEqual([
      expect.stringContaining("was saved from within a wrapper"),
    ]);
  });

  test("any stack of wrappers, spelling of norms and strangers beside them gives the weights of the clean file", async () => {
    const known = ["module", "_orig_mod", "0.auto_model", "encoder", "model", "backbone", "net.text_model", "bert"];
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom(...families),
        fc.array(fc.constantFrom(...known), { maxLength: 4 }),
        fc.boolean(),
        fc.boolean(),
        fc.option(fc.constantFrom("_orig_mod", "_fsdp_wrapped_module", "_checkpoint_wrapped_module")),
        async (family, stack, isOld, hasStranger, inner) => {
          const clean = await loadModel(folders.get(family)!);
          const within = (name: string) =>
            inner ? name.replace(/((?:layers?|h|block)\.\d+)\./, `$1.${inner}.`) : name;
          const rename = (name: string) => [...stack, within(isOld ? older(name) : name)].join(".");
          const files = await withTensors(family, (tensors) => [
            ...renamedBy(rename)(tensors),
            ...(hasStranger
              ? [[`${stack[0] ?? "other"}.stranger`, { shape: [1], values: Float32Array.of(1) }] as const]
              : []),
          ]);
          const model = await loadModel(files);
          expect([...model.tensors]).toEqual([...clean.tensors]);
          const inspected = await inspectModel(files);
          expect(inspected.comparison).toMatchObject({ missing: [], misshaped: [], unreadable: [] });
          expect(inspected.warnings).toEqual(model.warnings);
          const isRenamed = stack.length > 0 || inner !== null;
          if (isRenamed && [...(await tensorsOf(family)).keys()].some((name) => rename(name) !== name)) {
            // A stack can be the prefix that whole models have.
            const usual = stack.length === 1 && inner === null;
            if (!usual) expect(codes(model)).toContain("renamed-tensors");
          }
          expect(model.unused.some((name) => name.endsWith("stranger"))).toBe(hasStranger);
        },
      ),
      { numRuns: 120 },
    );
  });

  test("are read through wrappers in several files too", async () => {
    const whole = await withTensors(
      "bert",
      renamedBy((name) => `module._orig_mod.${older(name)}`),
    );
    const file = new SafetensorsFile(await whole.read("model.safetensors"));
    const shards = ["model-00001-of-00002.safetensors", "model-00002-of-00002.safetensors"];
    const placed = file.names.map((name, at) => [name, shards[at % 2]!] as const);
    const parts = new Map(
      shards.map((shard) => {
        const own = placed.filter(([, each]) => each === shard).map(([name]) => [name, file.read(name)] as const);
        return [shard, writeSafetensors(new Map(own), { format: "pt" })] as const;
      }),
    );
    const index = new TextEncoder().encode(
      `\uFEFF{"odd": NaN, "weight_map": ${JSON.stringify(Object.fromEntries(placed))}}`,
    );
    const model = await loadModel({
      names: ["config.json", "tokenizer.json", "model.safetensors.index.json", ...shards],
      read: async (name) => parts.get(name) ?? (name.endsWith("index.json") ? index.buffer : whole.read(name)),
    });
    expect([...model.tensors]).toEqual([...(await loadModel(folders.get("bert")!)).tensors]);
    expect(codes(model)).toEqual(["renamed-tensors", "renamed-tensors"]);
  });

  test("a name that is as expected wins over one that would become it", async () => {
    const files = await withTensors("bert", (tensors) => [
      ...tensors,
      ...[...tensors].map(
        ([name, { shape, values }]) => [`_orig_mod.${older(name)}`, { shape, values: values.map(() => 7) }] as const,
      ),
    ]);
    const model = await loadModel(files);
    expect(model.tensors).toEqual((await loadModel(folders.get("bert")!)).tensors);
    expect(codes(model)).toEqual(["unused-tensors"]);
  });

  test("two wrapped tensors of one name, and two models in one file, are refused by name", async () => {
    const twice = (one: string, other: string) =>
      withTensors("bert", (tensors) => [
        ...renamedBy((name) => `${one}${name}`)(tensors),
        ...renamedBy((name) => `${other}${name}`)(tensors),
      ]);
    await expect(loadModel(await twice("module.", "_orig_mod."))).rejects.toMatchObject({ code: "tensor-twice" });
    await expect(loadModel(await twice("query.", "passage."))).rejects.toMatchObject({
      code: "tensor-twice",
      message: expect.stringContaining("under query., passage."),
    });
  });
});

describe("a word embedding of which a copy was kept", () => {
  const without = (name: string, ...copies: string[]) => {
    return (tensors: Tensors) => {
      const embedding = tensors.get(name)!;
      return [...[...tensors].filter(([each]) => each !== name), ...copies.map((copy) => [copy, embedding] as const)];
    };
  };

  test.each([
    ["t5", "shared.weight", ["encoder.embed_tokens.weight"]],
    ["t5", "shared.weight", ["decoder.embed_tokens.weight"]],
    ["t5", "shared.weight", ["encoder.embed_tokens.weight", "decoder.embed_tokens.weight"]],
    ["gpt2", "transformer.wte.weight", ["lm_head.weight"]],
    ["llama-tied", "model.embed_tokens.weight", ["lm_head.weight"]],
  ])("%s: %s is read from %s", async (family, name, copies) => {
    const names = [...(await tensorsOf(family)).keys()];
    const stored = names.find((each) => each === name || name.endsWith(each))!;
    const model = await loadModel(await withTensors(family, without(stored, ...copies)));
    expect([...model.tensors]).toEqual([...(await loadModel(folders.get(family as "t5")!)).tensors]);
    expect(codes(model)).toEqual(["renamed-tensors"]);
    expect(model.warnings[0]!.message).toContain(copies[0]);
  });

  test("is found by what the file's metadata say", async () => {
    const [stored] = [...(await tensorsOf("bert")).keys()].filter((name) => name.endsWith("word_embeddings.weight"));
    const files = await withTensors("bert", without(stored!, "kept.elsewhere"), {
      metadata: { [stored!]: "kept.elsewhere" },
    });
    expect((await loadModel(files)).tensors).toEqual((await loadModel(folders.get("bert")!)).tensors);
  });

  test("copies that differ are refused", async () => {
    const files = await withTensors("t5", (tensors) => {
      const changed = without("shared.weight", "encoder.embed_tokens.weight")(tensors);
      const { shape, values } = tensors.get("shared.weight")!;
      return [
        ...changed,
        ["decoder.embed_tokens.weight", { shape, values: values.map((value) => value + 1) }] as const,
      ];
    });
    await expect(loadModel(files)).rejects.toMatchObject({
      code: "tensor-missing",
      message: expect.stringContaining("what could be its copies differ"),
    });
  });
});

describe("weights that are something else", () => {
  const tiny: HostTensor = { shape: [1], values: Float32Array.of(1) };

  test("a PEFT model that was not merged is refused with the lines that merge it", async () => {
    const target = /(query|c_attn|q_proj)\.(weight|bias)$/;
    await fc.assert(
      fc.asyncProperty(
        fc.constantFrom("bert", "gpt2", "llama"),
        fc.constantFrom("", "base_model.model."),
        fc.boolean(),
        async (family, before, hasBase) => {
          const files = await withTensors(family, (tensors) =>
            [...tensors].flatMap(([name, tensor]) => {
              if (!target.test(name)) return [[before + name, tensor] as const];
              const module = before + name.replace(target, "$1");
              const base = hasBase ? name.replace(target, "$1.base_layer.$2") : name;
              return [
                [before + base, tensor] as const,
                ...(name.endsWith("weight") ? [[`${module}.lora_A.default.weight`, tiny] as const] : []),
              ];
            }),
          );
          for (const look of [loadModel, inspectModel]) {
            await expect(look(files)).rejects.toMatchObject({
              code: "adapter-unmerged",
              hint: expect.stringContaining("model.merge_and_unload(); model.save_pretrained("),
            });
          }
        },
      ),
      { numRuns: 20 },
    );
  });

  test.each([
    ["bitsandbytes", "weight.absmax", { quant_method: "bitsandbytes", load_in_4bit: true }],
    ["bitsandbytes", "weight.quant_state.bitsandbytes__nf4", { load_in_4bit: true }],
    ["bitsandbytes", "SCB", undefined],
    ["GPTQ", "qzeros", { quant_method: "gptq" }],
    ["AWQ", "qweight", { quant_method: "awq" }],
    ["GPTQ or AWQ", "qweight", undefined],
    ["FP8", "weight_scale_inv", { quant_method: "fp8" }],
    ["compressed-tensors", "weight_packed", { quant_method: "compressed-tensors" }],
    ["HQQ", "W_q", undefined],
    ["some_new_way", "weight.odd", { quant_method: "some_new_way" }],
  ])("weights quantised with %s (%s) are refused by the method's name", async (method, companion, quantization) => {
    const files = await withTensors(
      "llama",
      (tensors) =>
        [...tensors].flatMap(([name, tensor]) =>
          name.endsWith("q_proj.weight")
            ? [[name, tiny] as const, [name.replace("weight", companion), tiny] as const]
            : [[name, tensor] as const],
        ),
      { config: quantization ? { quantization_config: quantization } : {} },
    );
    for (const look of [loadModel, inspectModel]) {
      await expect(look(files)).rejects.toMatchObject({
        code: "dtype-unsupported",
        message: expect.stringContaining(`quantised with ${method}`),
        hint: expect.stringContaining("F32, F16 or BF16"),
      });
    }
  });

  test("a config that speaks of quantisation does not refuse weights that are whole", async () => {
    const quantization = { quantization_config: { quant_method: "bitsandbytes", load_in_8bit: true } };
    const model = await loadModel(await withTensors("llama", (tensors) => tensors, { config: quantization }));
    expect(model.warnings).toEqual([
      { code: "config-set-aside", message: expect.stringContaining("quantised with bitsandbytes; they are not") },
    ]);
  });
});
