import path from "node:path";
import { describe, expect, test } from "vitest";
import { inspectModel, loadModel } from "../engine/model/loadModel.ts";
import { bundled, fileBytes, filesIn } from "../engine/testing/models.ts";
import { checkpointFiles } from "./localFiles.ts";

describe.each(["pd-bert", "pd-gpt"])("%s before it is loaded", (name) => {
  test("has the parameters, bytes and tensors that it has when it is", async () => {
    const folder = path.join(bundled, name);
    const names = ["config.json", "tokenizer.json", "model.safetensors"];
    const files = checkpointFiles(
      names.map((file) => ({ name: file, content: new Blob([fileBytes(path.join(folder, file))]) })),
    );
    const inspected = await inspectModel(files);
    const { tensors, tokenizer, unused } = await loadModel(filesIn(folder));
    expect(inspected.comparison).toEqual({ missing: [], misshaped: [], unreadable: [], unused });
    const sizes = new Map([...tensors].map(([tensor, { values }]) => [tensor, values.byteLength]));
    expect(new Map(inspected.tensors.map((tensor) => [tensor.name, tensor.bytes]))).toEqual(sizes);
    expect(4 * inspected.parameters).toBe([...sizes.values()].reduce((sum, bytes) => sum + bytes, 0));
    expect(inspected.dtypes).toEqual(new Map([["F16", inspected.parameters]]));
    expect(inspected.tokenizer.vocabularySize).toBe(tokenizer.vocabularySize);
  });
});
