import { mkdirSync, symlinkSync } from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { afterAll, describe, expect, test } from "vitest";
import type { CheckpointFiles } from "../engine/checkpoint/checkpoint.ts";
import { fingerprintOf } from "../engine/checkpoint/fingerprint.ts";
import { SafetensorsFile } from "../engine/checkpoint/safetensors.ts";
import { inspectModel } from "../engine/model/loadModel.ts";
import { MessageWriter } from "../engine/onnx/protobuf.ts";
import { clear, context, type Folder, headless, named, onDisk, onPage } from "../engine/testing/customFolders.ts";
import { filesIn, fixtures } from "../engine/testing/models.ts";
import { modelHandlers } from "./handlers/models.ts";
import type { LocalFiles } from "./localFiles.ts";

afterAll(clear);

const bert = await folderOf("bert");
const gpt2 = await folderOf("gpt2");

async function folderOf(family: string): Promise<Record<string, ArrayBuffer>> {
  const files = filesIn(`${fixtures}/parity/${family}`);
  const names = ["config.json", "tokenizer.json", "model.safetensors"];
  return Object.fromEntries(await Promise.all(names.map(async (name) => [name, await files.read(name)] as const)));
}

const within = (folder: Folder, place: string): Folder =>
  Object.fromEntries(Object.entries(folder).map(([name, content]) => [`${place}/${name}`, content]));

/** Files that lie beside a checkpoint and are not read for it. */
const junk: Folder = {
  "README.md": "# a model",
  ".gitattributes": "*.bin filter=lfs",
  "special_tokens_map.json": "{}",
  "generation_config.json": "{}",
  "vocab.txt": "a\nb",
  "added_tokens.json": '{"x": 9999}',
  "merges.txt": "a b",
  "pytorch_model.bin": "no",
  "spiece.model": "no",
  "model.Q4_0.gguf": "GGUF",
  "flax_model.msgpack": "no",
  "training_args.bin": "no",
  "model-00001-of-00002.safetensors": "no",
  "adapter_model.safetensors": "no",
  "data.csv": "text,label",
  "1_Pooling/config.json": '{"pooling_mode_mean_tokens": true}',
  "onnx/model.onnx": "no",
  "onnx/config.json": "{}",
  "checkpoint-500/config.json": "{",
  "checkpoint-500/model.safetensors": "no",
  ".cache/config.json": "{",
};

describe("a folder with a model", () => {
  test("has one identity on the page and at the command line, that of the files that are read", async () => {
    const clean = await onPage(bert);
    const hash = await fingerprintOf({ names: Object.keys(bert), read: async (name) => bert[name]! });
    expect(clean.reference).toBe(`file:my-model~${hash.slice(0, 16)}`);
    await fc.assert(
      fc.asyncProperty(fc.subarray(Object.keys(junk)), fc.boolean(), async (names, isFirst) => {
        const others = Object.fromEntries(names.map((name) => [name, junk[name]!]));
        const folder = isFirst ? { ...others, ...bert } : { ...bert, ...others };
        const page = await onPage(folder);
        const line = await headless(folder);
        expect(page.reference).toBe(clean.reference);
        expect(line.reference).toBe(clean.reference);
        expect(line.warnings).toEqual(page.warnings);
        expect(page.warnings!.slice(1)).toEqual(clean.warnings!.slice(1));
        const seen = names.filter((name) => !name.startsWith("."));
        expect(page.warnings![0]!.includes("left aside")).toBe(seen.length > 0);
      }),
      { numRuns: 25 },
    );
  });

  test("is the same through the links of a cache, in a folder within, and in that which modules.json names", async () => {
    const { reference } = await onPage(bert);
    const store = onDisk(bert, "blobs");
    const cache = onDisk({ "refs/main": "abc" }, "my-model");
    mkdirSync(path.join(cache, "snapshots/abc"), { recursive: true });
    for (const name of Object.keys(bert)) symlinkSync(path.join(store, name), path.join(cache, "snapshots/abc", name));
    symlinkSync("/nowhere/at/all", path.join(cache, "broken.txt"));
    symlinkSync("circle", path.join(cache, "circle"));
    expect((await headless(cache)).reference).toBe(reference);

    const inner = within(bert, "0_Transformer");
    const modules = JSON.stringify([
      { idx: 0, name: "0", path: "0_Transformer", type: "sentence_transformers.models.Transformer" },
    ]);
    for (const folder of [inner, { ...inner, "modules.json": modules, "config.json": '{"__version__": "0.2"}' }]) {
      expect((await onPage(folder)).reference).toBe(reference);
      expect((await headless(folder)).reference).toBe(reference);
    }
  });

  test("is made into sentence vectors as its modules say, however deep it lies", async () => {
    const modules = (path: string) =>
      JSON.stringify([
        { idx: 0, path, type: "sentence_transformers.models.Transformer" },
        { idx: 1, path: "1_Pooling", type: "sentence_transformers.models.Pooling" },
      ]);
    const pooling = { "1_Pooling/config.json": '{"pooling_mode_cls_token": true, "pooling_mode_mean_tokens": false}' };
    const plain: Folder = { ...bert, ...pooling, "modules.json": modules("") };
    const apart: Folder = { ...within(bert, "0_Transformer"), ...pooling, "modules.json": modules("0_Transformer") };
    for (const folder of [plain, apart]) {
      const { reference } = await onPage(folder);
      for (const place of ["export", "run/export", "snapshots/0123abc"]) {
        const deep = within(folder, place);
        expect((await onPage(deep)).reference, place).toBe(reference);
        expect((await headless(deep)).reference, place).toBe(reference);
        const localFiles: LocalFiles = new Map();
        await modelHandlers.openModel({ name: "my-model", files: named(deep) }, context(localFiles));
        const files = await context(localFiles).sources.model(reference!);
        expect((await inspectModel(files)).config.pooling, place).toEqual(["cls"]);
      }
    }
    const two = { ...within(plain, "one"), ...within(apart, "two") };
    expect((await onPage(two)).refused).toMatch(/there are 2 models: one, two\. Give the folder/);
  });

  test("whose weights are only there as ONNX is that of these weights on both", async () => {
    const file = new SafetensorsFile(bert["model.safetensors"]!);
    const onnx = new MessageWriter().integer(1, 8).message(8, (opset) => opset.integer(2, 17));
    onnx.message(7, (graph) => {
      graph.message(1, (node) => node.text(1, "x").text(2, "y").text(4, "Identity"));
      for (const name of file.names) {
        const { shape, values } = file.read(name);
        const raw = new Uint8Array(values.buffer, values.byteOffset, values.byteLength);
        graph.message(5, (tensor) => tensor.integers(1, shape).integer(2, 1).text(8, name).bytes(9, raw));
      }
      graph.message(11, (x) => x.text(1, "x")).message(12, (y) => y.text(1, "y"));
    });
    const { "model.safetensors": _, ...rest } = bert;
    const folder = { ...rest, "model.onnx": new Uint8Array(onnx.finish()).buffer, "README.md": "x" };
    const page = await onPage(folder);
    expect(page.reference).toMatch(/^file:my-model~/);
    expect(await headless(folder)).toEqual(page);
  });

  test("whose vocabulary is a text has the tokens that lie beside it", async () => {
    const json = JSON.parse(new TextDecoder().decode(bert["tokenizer.json"]));
    const tokens = Object.keys(json.model.vocab).slice(0, -1);
    const { "tokenizer.json": _, ...rest } = bert;
    const folder = { ...rest, "vocab.txt": tokens.join("\n"), "added_tokens.json": `{"<more>": ${tokens.length}}` };
    const page = await onPage(folder);
    expect(page.warnings![0]).toContain("added_tokens.json");
    expect(await headless(folder)).toMatchObject({ reference: page.reference });
    const localFiles: LocalFiles = new Map();
    await modelHandlers.openModel({ name: "my-model", files: named(folder) }, context(localFiles));
    const { tokenizer } = await inspectModel(await context(localFiles).sources.model(page.reference!));
    expect(tokenizer.encode("<more>", { bare: true }).ids).toEqual([tokens.length]);
  });
});

describe("a reference of an earlier version", () => {
  /** Files with this content, in the order of these names. */
  const hashOf = async (folder: Folder, names: readonly string[]) => {
    const read = async (name: string) => new Blob([folder[name]!]).arrayBuffer();
    return (await fingerprintOf({ names, read } as CheckpointFiles)).slice(0, 16);
  };
  const folder = { ...bert, "README.md": "# a model", "vocab.txt": "a", "special_tokens_map.json": "{}" };
  const full = {
    ...folder,
    "modules.json": JSON.stringify([
      { idx: 0, path: "", type: "sentence_transformers.models.Transformer" },
      { idx: 1, path: "1_Pooling", type: "sentence_transformers.models.Pooling" },
    ]),
    "1_Pooling/config.json": '{"pooling_mode_cls_token": true, "pooling_mode_mean_tokens": false}',
  };
  const [config, tokenizer, weights] = ["config.json", "tokenizer.json", "model.safetensors"];

  test.each([
    [
      "the command line",
      [config, tokenizer, weights, "README.md", "vocab.txt", "special_tokens_map.json", "modules.json"],
    ],
    ["a folder that was dropped", [config, tokenizer, weights, "vocab.txt"]],
    ["a folder that was picked", [config, config, tokenizer, weights, "vocab.txt"]],
  ])("is opened as what %s made it, everywhere and under any name, and means what it did", async (_, names) => {
    const wanted = `file:its-old-name~${await hashOf(full, names as string[])}`;
    const page = await onPage(full, { wanted });
    expect(page.reference).toBe(wanted);
    const line = await headless(full, wanted);
    expect(line.reference).toBe(wanted);
    expect(line.warnings!.join()).toContain("always the mean over tokens");

    // As the page finds it for an adapter while the folder is open under its new name.
    const localFiles: LocalFiles = new Map();
    await modelHandlers.openModel({ name: "my-model", files: named(full) }, context(localFiles));
    const files = await context(localFiles).sources.model(wanted);
    expect((await fingerprintOf(files)).slice(0, 16)).toBe(wanted.slice(-16));
    expect((await inspectModel(files)).config.pooling).toBeUndefined();
    expect(
      (await inspectModel(await context(localFiles).sources.model([...localFiles.keys()][0]!))).config.pooling,
    ).toEqual(["cls"]);
  });

  test("of another model is none of this folder", async () => {
    const wanted = `file:my-model~${await hashOf(gpt2, Object.keys(gpt2))}`;
    const own = await onPage(bert);
    expect(await onPage(bert, { wanted })).toEqual(own);
    expect((await headless(bert, wanted)).reference).toBe(own.reference);
    const localFiles: LocalFiles = new Map();
    await modelHandlers.openModel({ name: "my-model", files: named(bert) }, context(localFiles));
    await expect(context(localFiles).sources.model(wanted)).rejects.toThrow("is not at hand");
  });
});

describe("what is no model is refused by what it is, alike on the page and at the command line", () => {
  const without = (name: string, folder: Folder = bert) =>
    Object.fromEntries(Object.entries(folder).filter(([each]) => each !== name));
  const cases: Record<string, [Folder, RegExp]> = {
    "an empty folder": [{}, /there are no files/],
    "hidden files alone": [{ ".DS_Store": "x" }, /there are no files/],
    "two model folders": [
      { ...within(bert, "one"), ...within(gpt2, "two") },
      /there are 2 models: one, two\. Give the folder/,
    ],
    "a table": [{ "train.csv": "text,label\na,b" }, /train\.csv is data, not a model\. Give it as data/],
    "several data files": [
      { "train.csv": "a", "test.jsonl": "b" },
      /train\.csv, test\.jsonl is data|test\.jsonl, train\.csv is data/,
    ],
    "an adapter": [
      { "adapter_config.json": "{}", "adapter_model.safetensors": "x", "tokenizer.json": "{}" },
      /belong to an adapter, not to a model\. Give the model that it was trained on/,
    ],
    "an adapter with its base's config": [
      {
        ...without("model.safetensors"),
        "adapter_config.json": "{}",
        "adapter_model.safetensors": "x",
        "training_args.bin": "x",
      },
      /belong to an adapter, not to a model/,
    ],
    "what a trainer saves, without weights": [
      { ...without("model.safetensors"), "training_args.bin": "x", "optimizer.pt": "x" },
      /model\.safetensors is missing\. Give all files/,
    ],
    "an archive": [{ "adapter.zip": "PK" }, /adapter\.zip is an archive, not a model\. Unpack it/],
    "a GGUF file": [{ "llama.Q4_K_M.gguf": "GGUF" }, /llama\.Q4_K_M\.gguf is a GGUF file\. Use the safetensors/],
    "PyTorch's weights alone": [
      { ...without("model.safetensors"), "pytorch_model.bin": "x" },
      /model\.safetensors is missing\. Convert pytorch_model\.bin to safetensors/,
    ],
    "a GGUF file beside a config": [
      { ...without("model.safetensors"), "model.gguf": "x" },
      /model\.safetensors is missing\. Convert model\.gguf/,
    ],
    "sentencepiece alone": [
      { ...without("tokenizer.json"), "spiece.model": "x" },
      /tokenizer\.json is missing\. Tokenizers of sentencepiece/,
    ],
    "no tokenizer": [without("tokenizer.json"), /tokenizer\.json is missing\. It, or vocab\.json/],
    "no config": [without("config.json"), /config\.json is missing/],
    "several safetensors files": [
      { ...without("model.safetensors"), "a.safetensors": bert["model.safetensors"]!, "b.safetensors": "x" },
      /there are 2 safetensors files and neither model\.safetensors nor/,
    ],
  };
  test.each(Object.entries(cases))("%s", async (_, [folder, words]) => {
    const page = await onPage(folder);
    expect(page.refused).toMatch(words);
    expect(await headless(folder)).toEqual(page);
  });
});
