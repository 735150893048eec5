import { readFileSync } from "node:fs";
import path from "node:path";
import { sha256 } from "../checkpoint/fingerprint.ts";
import type { Sources } from "../data/sources.ts";
import type { Device } from "../device/device.ts";
import { diagnostics } from "../methods/diagnostics/index.ts";
import { TrainingSession } from "../run/session.ts";
import { defaultConfig, type RunConfig } from "../settings/config.ts";
import { dataReference } from "../tasks/custom/settings.ts";
import { filesIn, fixtures } from "./models.ts";

/** What settings call the nano T5. */
export const NANO_T5 = "file:nano-t5~0000000000000000";

/** The models that settings name, played by nano ones, on the bundled tasks. */
const players: Readonly<Record<string, string>> = {
  "pd-bert": "nano-bert",
  "pd-gpt": "nano-gpt2",
  [NANO_T5]: "parity/t5-gated",
};

export const nanoSources: Sources = {
  async model(reference) {
    return filesIn(path.join(fixtures, players[reference]!));
  },
  async task(file) {
    return readFileSync(path.join(fixtures, "../../../../public/tasks", file), "utf8");
  },
  async data(reference) {
    throw new Error(`${reference} is in no fixture`);
  },
};

/** The same with a custom file at hand, and what settings call it. */
export async function withOwnData(name: string, text: string): Promise<{ sources: Sources; data: string }> {
  const content = new TextEncoder().encode(text);
  const data = dataReference(name, await sha256(content));
  return { data, sources: { ...nanoSources, data: async () => ({ name, content }) } };
}

/** A run that takes a software GPU a fraction of a second. */
export const nanoConfig: RunConfig = {
  ...defaultConfig,
  maxTokens: 12,
  shots: "16",
  batchSize: 4,
  calibrationBatches: 2,
  rank: 4,
  // Of some adapters.
  ...{ initScale: 0.05, gamma: 0.1 },
  learningRate: 0.01,
  headLearningRate: 0.01,
  steps: 30,
  validationRows: 24,
  spectrumEvery: 5,
};

export function nanoSession(device: Device, config: Partial<RunConfig> = {}): Promise<TrainingSession> {
  return TrainingSession.prepare(device, { ...nanoConfig, ...config }, nanoSources, () => {});
}

/** Losses of the next steps, and the spectra on the way. */
export async function takeSteps(
  session: TrainingSession,
  count: number,
): Promise<{ losses: number[]; spectra: Float32Array[] }> {
  const submitted = [];
  for (let step = 0; step < count; step++) {
    await session.room();
    submitted.push(session.submitStep());
  }
  const rows = await Promise.all(submitted.map(({ metrics }) => metrics));
  const spectra = await Promise.all(
    submitted.flatMap(({ measured }) =>
      measured
        .filter(({ diagnostic }) => diagnostics[diagnostic].chart === "singular values")
        .map(({ values }) => values),
    ),
  );
  return { losses: rows.map(({ loss }) => loss), spectra };
}
