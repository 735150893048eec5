import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { parseConfig } from "../checkpoint/config.ts";
import { transformerOf } from "../model/loadModel.ts";
import { tasks } from "../tasks/task.ts";
import { bundled, fileBytes, filesIn } from "../testing/models.ts";
import { nanoConfig, nanoSources } from "../testing/runs.ts";
import { openAdapter } from "./openAdapter.ts";
import { openPeft } from "./openPeft.ts";
import { unzipped } from "./unzip.ts";

const shared = path.join(import.meta.dirname, "../../../../shared/findings");
const isThere = existsSync(shared);
/** The size of the model that one of the adapters was made for. */
const smallBert = {
  ...{ model_type: "bert", vocab_size: 100, hidden_size: 32, num_hidden_layers: 2, num_attention_heads: 2 },
  ...{ intermediate_size: 64, max_position_embeddings: 64, type_vocab_size: 2, hidden_act: "gelu" },
};
const sources = {
  ...nanoSources,
  model: async (reference: string) => filesIn(path.join(bundled, reference)),
};

describe.skipIf(!isThere)("adapters that people brought", () => {
  const cases = path.join(shared, "cases");
  const folders = isThere ? readdirSync(cases).filter((name) => name.startsWith("adapter-")) : [];

  test.each(folders)("%s opens on pd-gpt", async (folder) => {
    const zip = readdirSync(path.join(cases, folder)).find((name) => name.endsWith(".zip"))!;
    const given = [{ name: zip, read: async () => fileBytes(path.join(cases, folder, zip)) }];
    const opened = await openAdapter(given, { ...nanoConfig, model: "pd-gpt", task: "kjv" }, sources);
    expect(opened.config).toMatchObject({ method: "lora", rank: 4, alpha: 16, targets: "query-value" });
    const heads = opened.warnings.filter((warning) => warning.startsWith("Left out"));
    expect(heads).toHaveLength(folder.includes("seqcls") ? 1 : 0);
  });

  test("an α of 2000 opens with one that can be run", async () => {
    const files = unzipped(
      fileBytes(path.join(shared, "fidelity-cases/peft/bert-alpha2000.zip")),
      "bert-alpha2000.zip",
    );
    const { config } = await openPeft(files, nanoConfig, {
      transformer: transformerOf(parseConfig(JSON.stringify(smallBert)), new Set()),
      tensors: async () => new Map(),
      task: async () => tasks["verse-sts"],
    });
    expect(config).toMatchObject({ rank: 4, alpha: 1000, targets: "query-value" });
  });
});
