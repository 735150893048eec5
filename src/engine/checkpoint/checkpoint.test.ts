import { describe, expect, test } from "vitest";
import { filesIn, fixtures } from "../testing/models.ts";
import { type CheckpointFiles, type ExpectedTensor, loadCheckpoint } from "./checkpoint.ts";
import { SafetensorsFile } from "./safetensors.ts";
import { writeSafetensors } from "./writeSafetensors.ts";

const files = filesIn(`${fixtures}/nano-bert`);
const words: ExpectedTensor = { name: "embeddings.word_embeddings.weight", shape: [23, 16] };

/** The same checkpoint with other tensors. */
function withTensors(
  change: (tensors: Map<string, { shape: readonly number[]; values: Float32Array }>) => void,
): CheckpointFiles {
  const read: CheckpointFiles["read"] = async (file, onProgress) => {
    const buffer = await files.read(file, onProgress);
    if (file !== "model.safetensors") return buffer;
    const read = new SafetensorsFile(buffer);
    const tensors = new Map(read.names.map((name) => [name, read.read(name)]));
    change(tensors);
    return writeSafetensors(tensors);
  };
  return { ...files, read };
}

/** The same checkpoint with another text in one of its files. */
function withText(name: string, change: (text: string) => string): CheckpointFiles {
  const read: CheckpointFiles["read"] = async (file) => {
    const buffer = await files.read(file);
    return file === name ? new TextEncoder().encode(change(new TextDecoder().decode(buffer))).buffer : buffer;
  };
  return { ...files, read };
}

describe("loading a checkpoint", () => {
  test("reads what the model expects, and says what else there is", async () => {
    const { config, tensors, tokenizer, prefix, unused, notFinite } = await loadCheckpoint(files, () => [words]);
    expect(config.family).toBe("bert");
    expect([...tensors.keys()]).toEqual([words.name]);
    expect(tensors.get(words.name)!.values).toHaveLength(23 * 16);
    expect(tokenizer.vocabularySize).toBe(23);
    expect(prefix).toBe("bert.");
    expect(unused).toContain("bert.pooler.dense.bias");
    expect(notFinite).toEqual([]);
  });

  test("names without the prefix of a whole model are as good, and stored position numbers are nothing unusual", async () => {
    const read = withTensors((tensors) => {
      const values = tensors.get(`bert.${words.name}`)!;
      tensors.clear();
      tensors.set(words.name, values);
      tensors.set("embeddings.position_ids", { shape: [1], values: Float32Array.of(0) });
    });
    const { tensors, prefix, unused } = await loadCheckpoint(read, () => [words]);
    expect(tensors.get(words.name)!.shape).toEqual([23, 16]);
    expect(prefix).toBe("");
    expect(unused).toEqual([]);
  });

  test("the model is told which tensors there are, so that optional layers can be left out", async () => {
    await loadCheckpoint(files, (config, names) => {
      expect(config).toMatchObject({ family: "bert", width: 16 });
      expect(names.has("pooler.dense.weight")).toBe(true);
      return [];
    });
  });

  test("missing tensors are named, and what is there instead", async () => {
    const read = withTensors((tensors) => {
      tensors.clear();
      tensors.set("bert.renamed.weight", { shape: [1], values: Float32Array.of(0) });
    });
    await expect(loadCheckpoint(read, () => [words])).rejects.toMatchObject({
      code: "tensor-missing",
      message:
        "model.safetensors lacks 1 of the 1 tensors that config.json asks for: embeddings.word_embeddings.weight",
      hint: expect.stringContaining("It has others: renamed.weight."),
    });
  });

  test("a tensor of another shape is named with both shapes", async () => {
    await expect(loadCheckpoint(files, () => [{ ...words, shape: [23, 8] }])).rejects.toMatchObject({
      code: "tensor-shape",
      message:
        "model.safetensors: embeddings.word_embeddings.weight is [23, 16], but by config.json it should be [23, 8]",
    });
  });

  test("weights that are not finite are reported by name", async () => {
    const read = withTensors((tensors) => tensors.get(`bert.${words.name}`)!.values.fill(Number.NaN, 3, 4));
    expect((await loadCheckpoint(read, () => [words])).notFinite).toEqual([words.name]);
  });

  test("a tokenizer with more tokens than the model knows is refused", async () => {
    const read = withText("config.json", (text) => text.replace('"vocab_size": 23', '"vocab_size": 22'));
    await expect(loadCheckpoint(read, () => [])).rejects.toMatchObject({
      code: "config-inconsistent",
      message: "tokenizer.json has 23 tokens, but config.json says that the model knows 22",
    });
  });

  test("a web page instead of a file is refused by that file's name", async () => {
    const page = () => "<!doctype html>";
    await expect(loadCheckpoint(withText("config.json", page), () => [])).rejects.toThrow(
      "config.json is not valid JSON",
    );
    await expect(loadCheckpoint(withText("tokenizer.json", page), () => [])).rejects.toThrow(
      "tokenizer.json: it is not valid JSON",
    );
    await expect(loadCheckpoint(withText("model.safetensors", page), () => [])).rejects.toThrow("model.safetensors");
  });

  test("progress is that of the weights", async () => {
    const reported: number[] = [];
    const read: CheckpointFiles["read"] = async (file, onProgress) => {
      const buffer = await files.read(file);
      onProgress?.(buffer.byteLength, buffer.byteLength);
      return buffer;
    };
    await loadCheckpoint(
      { ...files, read },
      () => [],
      (loaded) => reported.push(loaded),
    );
    expect(reported).toEqual([(await files.read("model.safetensors")).byteLength]);
  });

  test("weights stored as whole numbers without scales are refused", async () => {
    const read: CheckpointFiles["read"] = async (file) => {
      if (file !== "model.safetensors") return files.read(file);
      const header = `{"${words.name}":{"dtype":"I8","shape":[23,16],"data_offsets":[0,368]}}`;
      const bytes = new Uint8Array(8 + header.length + 368);
      new DataView(bytes.buffer).setBigUint64(0, BigInt(header.length), true);
      bytes.set(new TextEncoder().encode(header), 8);
      return bytes.buffer;
    };
    await expect(loadCheckpoint({ ...files, read }, () => [words])).rejects.toMatchObject({
      code: "bad-scale",
      message: `model.safetensors: ${words.name} holds I8 and has no ${words.name}.scale`,
    });
  });

  test("what is not among the files is named, and what to do", async () => {
    const without = (file: string) => ({ ...files, names: files.names.filter((name) => name !== file) });
    const load = (source: CheckpointFiles) => loadCheckpoint(source, () => []);
    await expect(load(without("config.json"))).rejects.toMatchObject({
      code: "file-missing",
      message: "config.json is missing",
    });
    await expect(load(without("tokenizer.json"))).rejects.toMatchObject({ code: "file-missing" });
    const spiece = without("tokenizer.json");
    await expect(load({ ...spiece, names: [...spiece.names, "spiece.model"] })).rejects.toMatchObject({
      hint: expect.stringContaining("save_pretrained"),
    });
    const torch = { ...files, names: ["config.json", "tokenizer.json", "pytorch_model.bin"] };
    await expect(load(torch)).rejects.toMatchObject({
      code: "file-missing",
      hint: expect.stringContaining("Convert pytorch_model.bin to safetensors"),
    });
  });
});
