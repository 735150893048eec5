import path from "node:path";
import { describe, expect, test } from "vitest";
import { CpuDevice } from "../engine/device/cpu.ts";
import { inspectModel, loadModel } from "../engine/model/loadModel.ts";
import { defaultConfig } from "../engine/settings/config.ts";
import { bundled, fileBytes, filesIn } from "../engine/testing/models.ts";
import { nanoSources } from "../engine/testing/runs.ts";
import type { RequestContext } from "./handlers/handler.ts";
import { describeModel } from "./handlers/models.ts";
import { checkpointFiles } from "./localFiles.ts";
import type { NamedFile } from "./rpc.ts";

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

describe("what is too large", () => {
  /** A file of which nothing is in memory. */
  const sized = (name: string, size: number) =>
    ({
      name,
      content: { size, slice: () => new Blob(), arrayBuffer: () => Promise.reject(new Error("it was read")) },
    }) as unknown as NamedFile;

  test("for one buffer is refused by name, size and limit, before it is read", async () => {
    const { read } = checkpointFiles([sized("model.onnx", 3e9)]);
    await expect(read("model.onnx")).rejects.toMatchObject({
      name: "OutOfMemoryError",
      message: "model.onnx has 3,000 MB, and a page reads at most 2,145.4 MB in one piece",
      hint: expect.stringContaining("safetensors"),
    });
  });

  test("for the device is said on inspection, with what would help", async () => {
    const { description } = new CpuDevice();
    const trainer = {
      borrow: async (use: (device: object) => unknown) => use({ description: { ...description, maxMemory: 1e6 } }),
    };
    const context = { trainer, sources: nanoSources, progress: () => {} } as unknown as RequestContext;
    const { memory } = await describeModel(filesIn(path.join(bundled, "pd-bert")), defaultConfig, context);
    expect(memory).toEqual({
      problem: expect.stringMatching(
        /^the run needs at least [\d,.]+ MB, and a processor's memory has addresses for 1 MB\. Choose a smaller batch/,
      ),
    });
  });
});
