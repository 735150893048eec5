import { strToU8, zipSync } from "fflate";
import { expect, test } from "vitest";
import { SafetensorsFile } from "../checkpoint/safetensors.ts";
import { writeSafetensors } from "../checkpoint/writeSafetensors.ts";
import { selectLayers } from "../model/targets.ts";
import { testGpu } from "../testing/devices.ts";
import { loadFixture } from "../testing/models.ts";
import { testNumbers } from "../testing/random.ts";
import { nanoConfig, nanoSession, nanoSources, takeSteps } from "../testing/runs.ts";
import { openAdapter } from "./openAdapter.ts";
import { peftFiles } from "./peft.ts";
import { type UpdatePair, updateOf, updatePairs } from "./updates.ts";

const { transformer } = await loadFixture("nano-bert");
const pairs: UpdatePair[] = selectLayers(transformer, "query-value").map((layer, index) => ({
  layer,
  rank: 4,
  A: testNumbers(4 * layer.inFeatures, index).map((x) => 0.1 * x),
  B: testNumbers(layer.outFeatures * 4, index + 50).map((x) => 0.1 * x),
}));
const python = { autoClass: "AutoModel", taskType: "FEATURE_EXTRACTION", prefix: "" } as const;
const files = peftFiles(pairs, { python, base: "nano-bert" });
const config = JSON.parse(files["adapter_config.json"]);

/** An adapter's zip, with changes to its config or other tensors. */
function zipOf(change: object = {}, tensors = files["adapter_model.safetensors"]) {
  const zip = zipSync({
    "lora/adapter_config.json": strToU8(JSON.stringify({ ...config, ...change })),
    "lora/adapter_model.safetensors": new Uint8Array(tensors),
  });
  return zip.slice().buffer as ArrayBuffer;
}

/** The tensors under other names; those that get none are left out. */
function renamed(rename: (name: string) => string | undefined): ArrayBuffer {
  const file = new SafetensorsFile(files["adapter_model.safetensors"]);
  return writeSafetensors(
    new Map(file.names.flatMap((name) => (rename(name) ? [[rename(name)!, file.read(name)] as const] : []))),
  );
}

/** The tensors with one value that is no finite number. */
function withInfinity(): ArrayBuffer {
  const file = new SafetensorsFile(files["adapter_model.safetensors"]);
  const tensors = new Map(file.names.map((name) => [name, file.read(name)]));
  tensors.get("base_model.model.encoder.layer.0.attention.self.query.lora_B.weight")!.values[7] =
    Number.POSITIVE_INFINITY;
  return writeSafetensors(tensors);
}

const open = (zip: ArrayBuffer) => openAdapter("lora.zip", zip, nanoConfig, nanoSources);

test("an adapter that PEFT saved is where a run of LoRA starts, and where a reset goes back to", async () => {
  const opened = await open(zipOf({ lora_alpha: 8 }));
  expect(opened.config).toMatchObject({ method: "lora", rank: 4, alpha: 8, targets: "query-value" });
  const device = await testGpu();
  const session = await nanoSession(device, { ...opened.config, steps: 6 });
  await session.restore(opened.from);
  const found = await updatePairs(device, session.network);
  // Twice the pairs, because α is twice the rank; in float32.
  found.forEach((pair, index) => {
    const expected = updateOf(pairs[index]!);
    for (const [at, x] of updateOf(pair).entries()) expect(x).toBeCloseTo(2 * expected[at]!, 6);
  });
  const { losses } = await takeSteps(session, 6);
  await session.reset();
  expect((await takeSteps(session, 6)).losses).toEqual(losses);
  session.destroy();
});

test("scaling by the root of the rank becomes a plain α", async () => {
  expect((await open(zipOf({ use_rslora: true, lora_alpha: 6 }))).config.alpha).toBe(12);
});

test.each([
  ["other ranks in some layers", zipOf({ rank_pattern: { "0.query": 2 } }), "adapter-unsupported"],
  ["modules that were trained whole", zipOf({ modules_to_save: ["classifier"] }), "adapter-unsupported"],
  ["DoRA", zipOf({ use_dora: true }), "adapter-unsupported"],
  ["another rank than the matrices have", zipOf({ r: 3 }), "tensor-shape"],
  ["a matrix with an infinity", zipOf({}, withInfinity()), "tensor-not-finite"],
  [
    "half of a pair",
    zipOf(
      {},
      renamed((name) => (name.includes("0.attention.self.query.lora_B") ? undefined : name)),
    ),
    "tensor-missing",
  ],
  [
    "a layer that the model does not have",
    zipOf(
      {},
      renamed((name) => name.replace("layer.0.", "layer.7.")),
    ),
    "adapter-bad-targets",
  ],
  [
    "tensors of another method",
    zipOf(
      {},
      renamed((name) => name.replace("lora_A", "vera_lambda")),
    ),
    "adapter-unsupported",
  ],
])("%s is refused by name", async (_, zip, code) => {
  await expect(open(zip)).rejects.toMatchObject({ code });
});
