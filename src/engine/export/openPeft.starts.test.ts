import { expect, test } from "vitest";
import type { RunConfig } from "../settings/config.ts";
import { testGpu } from "../testing/devices.ts";
import { nanoConfig, nanoSession, nanoSources, takeSteps } from "../testing/runs.ts";
import { updateOf } from "../testing/updates.ts";
import { openAdapter } from "./openAdapter.ts";
import { peftFiles } from "./peft.ts";
import { layerUpdates, pairsAmong } from "./updates.ts";

test("a run that started away from 0 is a pair of twice the rank, and is opened as the same update", async () => {
  const device = await testGpu();
  const started: Partial<RunConfig> = {
    ...{ method: "lora", loraStart: "pissa", scaling: "root", loraPlus: 16 },
    ...{ learningRate: 0.1, targets: "query-value" },
  };
  const session = await nanoSession(device, started);
  await takeSteps(session, 3);
  const trained = pairsAmong(await layerUpdates(device, session.network))!;
  expect(trained.every(({ rank }) => rank === 2 * nanoConfig.rank)).toBe(true);
  const python = { autoClass: "AutoModel", taskType: "FEATURE_EXTRACTION", prefix: "" } as const;
  const saved = peftFiles(trained, { python, base: "nano-bert" });
  expect(JSON.parse(saved["adapter_config.json"])).toMatchObject({ r: 8, lora_alpha: 8, init_lora_weights: true });

  const files = [
    { name: "adapter_config.json", read: async () => new TextEncoder().encode(saved["adapter_config.json"]).buffer },
    { name: "adapter_model.safetensors", read: async () => saved["adapter_model.safetensors"] },
  ];
  const { config, from } = await openAdapter(files, { ...nanoConfig, ...started }, nanoSources);
  // Settings under which the matrices would mean another update are not taken along.
  expect(config).toMatchObject({ scaling: "rank", loraStart: "kaiming", loraPlus: 16 });
  const again = await nanoSession(device, config);
  await again.restore(from);
  for (const [index, pair] of pairsAmong(await layerUpdates(device, again.network))!.entries()) {
    const update = updateOf(trained[index]!);
    expect(Math.max(...update.map(Math.abs))).toBeGreaterThan(1e-3);
    for (const [at, x] of updateOf(pair).entries()) expect(x).toBeCloseTo(update[at]!, 6);
  }
  session.destroy();
  again.destroy();
});
