import { describe, expect, test } from "vitest";
import { filesIn, fixtures } from "../testing/models.ts";
import { type CheckpointFiles, loadCheckpoint } from "./checkpoint.ts";
import { inspectCheckpoint } from "./inspect.ts";
import { openWeights } from "./weights.ts";
import { writeSafetensors } from "./writeSafetensors.ts";

type Tensors = Readonly<Record<string, readonly number[]>>;

const encoded = (content: unknown) => new TextEncoder().encode(JSON.stringify(content)).buffer as ArrayBuffer;
const shard = (tensors: Tensors) =>
  writeSafetensors(
    new Map(Object.entries(tensors).map(([name, values]) => [name, { shape: [values.length], values }])),
    { format: "pt" },
  );

/** Files in memory, with a list of the bytes that were asked for. */
function source(contents: Readonly<Record<string, ArrayBuffer>>) {
  const asked: string[] = [];
  const files: Required<Omit<CheckpointFiles, "aside" | "notes" | "open">> = {
    names: Object.keys(contents),
    async read(file, onProgress) {
      asked.push(file);
      onProgress?.(contents[file]!.byteLength, contents[file]!.byteLength);
      return contents[file]!;
    },
    size: async (file) => contents[file]!.byteLength,
    async slice(file, from, to) {
      asked.push(`${file} ${from}–${to}`);
      return contents[file]!.slice(from, to);
    },
  };
  return { files, asked };
}

const first = "model-00001-of-00002.safetensors";
const second = "model-00002-of-00002.safetensors";
const index = (weight_map: Readonly<Record<string, unknown>>) => encoded({ metadata: { total_size: 24 }, weight_map });
const indexFile = "model.safetensors.index.json";
const good = {
  [indexFile]: index({ a: first, b: second, c: second }),
  [first]: shard({ a: [1, 2] }),
  [second]: shard({ b: [3], c: [4, 5, 6] }),
};

describe("weights in several files", () => {
  test("are read file by file, headers first, with progress over all", async () => {
    const { files, asked } = source(good);
    const weights = await openWeights(files);
    expect(weights.names).toEqual(["a", "b", "c"]);
    expect(weights.metadata.get("format")).toBe("pt");
    expect(asked.filter((each) => !each.includes(" "))).toEqual([indexFile]);
    const reported: (number | undefined)[][] = [];
    const values: Record<string, number[]> = {};
    for (const file of await weights.open((...progress) => reported.push(progress))) {
      for (const name of file.names) values[name] = [...file.read(name).values];
    }
    expect(values).toEqual({ a: [1, 2], b: [3], c: [4, 5, 6] });
    const [one, all] = [good[first].byteLength, good[first].byteLength + good[second].byteLength];
    expect(reported).toEqual([
      [one, all],
      [all, all],
    ]);
  });

  test("are read once each where there are no slices", async () => {
    const { files, asked } = source(good);
    const { slice: _, size: __, ...whole } = files;
    const weights = await openWeights(whole);
    for (const file of await weights.open()) file.names.map((name) => file.read(name));
    expect(asked).toEqual([indexFile, first, second]);
  });

  const refused: Record<string, [code: string, contents: Record<string, ArrayBuffer>]> = {
    "an index that is a web page": ["index-not-json", { ...good, [indexFile]: encoded("").slice(0, 1) }],
    "an index without a map": ["index-bad", { ...good, [indexFile]: encoded({ weight_map: [] }) }],
    "an index of nothing": ["index-bad", { ...good, [indexFile]: index({}) }],
    "a file that is a number": ["index-bad", { ...good, [indexFile]: index({ a: 1 }) }],
    "a way up": ["shard-bad-name", { ...good, [indexFile]: index({ a: "../model.safetensors" }) }],
    "a path": ["shard-bad-name", { ...good, [indexFile]: index({ a: "/etc/model.safetensors" }) }],
    "a path of Windows": ["shard-bad-name", { ...good, [indexFile]: index({ a: "..\\\\model.safetensors" }) }],
    "an address": ["shard-bad-name", { ...good, [indexFile]: index({ a: "https://evil.example/a.safetensors" }) }],
    "a file of another kind": ["shard-bad-name", { ...good, [indexFile]: index({ a: "model.bin" }) }],
    "a file that is not there": ["shard-missing", { ...good, [indexFile]: index({ a: "c.safetensors" }) }],
    "a tensor that is not in its file": ["shard-lacks-tensor", { ...good, [indexFile]: index({ a: first, b: first }) }],
    "a tensor in two files": ["tensor-twice", { ...good, [first]: shard({ a: [1, 2], b: [3] }) }],
    "a tensor twice in the index": [
      "tensor-twice",
      {
        ...good,
        [indexFile]: new TextEncoder().encode(`{"weight_map":{"a":"${first}","a":"${second}"}}`).buffer as ArrayBuffer,
      },
    ],
    "a damaged file": ["data-truncated", { ...good, [second]: good[second].slice(0, -1) }],
    "several files without an index": ["file-missing", { [first]: good[first], [second]: good[second] }],
    "no file": ["file-missing", { "adapter_model.safetensors": shard({ a: [1] }) }],
  };
  for (const [what, [code, contents]] of Object.entries(refused)) {
    test(`refuses ${what}`, async () => {
      const { files, asked } = source(contents);
      await expect(openWeights(files)).rejects.toMatchObject({ code });
      expect(asked.every((each) => files.names.includes(each.split(" ")[0]!))).toBe(true);
    });
  }

  test("names out of an index that mean something in JavaScript are names", async () => {
    const contents = {
      [indexFile]: new TextEncoder().encode(`{"weight_map":{"__proto__":"${first}"}}`).buffer as ArrayBuffer,
      [first]: writeSafetensors(new Map([["__proto__", { shape: [1], values: [7] }]])),
    };
    expect((await openWeights(source(contents).files)).names).toEqual(["__proto__"]);
  });

  test("a file of any name will do where it is the only one", async () => {
    const weights = await openWeights(
      source({ "tiny.safetensors": good[first], "adapter_model.safetensors": good[second] }).files,
    );
    expect(weights.name).toBe("tiny.safetensors");
    expect(weights.names).toEqual(["a"]);
  });
});

describe("looking at a checkpoint", () => {
  const folder = filesIn(`${fixtures}/nano-bert`);
  const words = { name: "embeddings.word_embeddings.weight", shape: [23, 16] };

  async function sliced() {
    const contents: Record<string, ArrayBuffer> = {};
    for (const name of ["config.json", "tokenizer.json", "model.safetensors"]) contents[name] = await folder.read(name);
    return source(contents);
  }

  test("reads no weights, and says what there is", async () => {
    const { files, asked } = await sliced();
    const inspection = await inspectCheckpoint(files, () => [words]);
    expect(asked.filter((each) => each.startsWith("model")).every((each) => each.includes(" "))).toBe(true);
    expect(inspection).toMatchObject({
      config: { family: "bert", width: 16 },
      weightsFile: "model.safetensors",
      storedBytes: (await folder.read("model.safetensors")).byteLength,
      tensors: [{ ...words, dtype: "F32", bytes: 4 * 23 * 16 }],
      parameters: 23 * 16,
      comparison: { missing: [], misshaped: [], unreadable: [] },
    });
    expect(inspection.dtypes).toEqual(new Map([["F32", 23 * 16]]));
    expect(inspection.tokenizer.vocabularySize).toBe(23);
    expect(inspection.warnings).toMatchObject([{ code: "unused-tensors" }]);
  });

  test("names what is missing, of another shape or not read, which loading refuses", async () => {
    const { files } = await sliced();
    const expected = [
      { ...words, shape: [23, 8] },
      { name: "cls.weight", shape: [2, 16] },
    ];
    const { comparison, parameters } = await inspectCheckpoint(files, () => expected);
    expect(comparison).toMatchObject({
      missing: ["cls.weight"],
      misshaped: [{ name: words.name, shape: [23, 8], found: [23, 16] }],
    });
    expect(comparison.unused).toContain("bert.pooler.dense.bias");
    expect(parameters).toBe(23 * 8 + 2 * 16);
    await expect(loadCheckpoint(files, () => expected)).rejects.toMatchObject({ code: "tensor-missing" });
  });

  test("a header that promises more than there is is refused before it is fetched", async () => {
    const { files, asked } = await sliced();
    const bytes = new Uint8Array(16);
    bytes[4] = 1;
    const read = { ...files, slice: async () => bytes.buffer, size: async () => 2 ** 31 };
    await expect(inspectCheckpoint(read, () => [words])).rejects.toMatchObject({ code: "header-too-large" });
    expect(asked).not.toContain("model.safetensors");
  });
});
