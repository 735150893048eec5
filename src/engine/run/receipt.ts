import { fingerprintOf, sha256 } from "../checkpoint/fingerprint.ts";
import { taskHashes } from "../data/readTask.ts";
import type { Sources } from "../data/sources.ts";
import type { AdapterDescription } from "../device/device.ts";
import { kernelSources } from "../kernels/shaders.ts";
import type { RunConfig } from "../settings/config.ts";
import type { CheckSummary } from "../trust/summary.ts";
import { version } from "../version.ts";
import type { MetricRow, RunSummary } from "./events.ts";

/** What a run was made of: enough to tell whether another one should have given the same numbers. */
export interface Receipt {
  readonly rankscope: string;
  /** ISO 8601. */
  readonly finished: string;
  readonly config: RunConfig;
  readonly adapter: AdapterDescription;
  /** Where the engine ran: a browser's or Node's name and version. */
  readonly runtime: string;
  /** SHA-256 as hex digits. The model's is that of its files' names and hashes, as is that of the shaders. */
  readonly sha256: {
    readonly model: string;
    readonly data: Readonly<Record<string, string>>;
    readonly shaders: string;
  };
  readonly trainableParameters: number;
  readonly steps: number;
  /** Time that its steps and validations took, where somebody measured it. */
  readonly seconds?: number;
  /** Losses of the first and the last step, as the bits of float32 too, so that a replay can be held to them. */
  readonly losses: { readonly first: Loss; readonly last: Loss } | undefined;
  readonly validation: Readonly<Record<string, number>> | undefined;
  /** What became of checking this device's kernels and gradients; absent where that was not done. */
  readonly checks?: CheckSummary;
}

interface Loss {
  readonly value: number;
  readonly bits: string;
}

/** Hashes everything that the run read and writes it down beside its numbers. */
export async function receiptOf(run: {
  readonly config: RunConfig;
  readonly sources: Sources;
  readonly adapter: AdapterDescription;
  readonly runtime: string;
  readonly summary: Pick<RunSummary, "trainableParameters">;
  readonly rows: readonly MetricRow[];
  readonly validation: Readonly<Record<string, number>> | undefined;
  readonly checks: CheckSummary | undefined;
  readonly seconds?: number | undefined;
}): Promise<Receipt> {
  const { config, sources, adapter, runtime, summary, rows, validation, checks, seconds } = run;
  const data = await taskHashes(config, sources);
  const [first, last] = [rows[0], rows.at(-1)];
  return {
    rankscope: version,
    finished: new Date().toISOString(),
    config,
    adapter,
    runtime,
    sha256: { model: await fingerprintOf(await sources.model(config.model)), data, shaders: await shaderHash() },
    trainableParameters: summary.trainableParameters,
    steps: last ? last.step + 1 : 0,
    ...(seconds !== undefined && { seconds }),
    losses: first && last && { first: lossOf(first), last: lossOf(last) },
    validation,
    ...(checks && { checks }),
  };
}

async function shaderHash(): Promise<string> {
  const lines: string[] = [];
  for (const path of Object.keys(kernelSources).sort()) lines.push(`${path} ${await textHash(kernelSources[path]!)}`);
  return textHash(lines.join("\n"));
}

function textHash(text: string): Promise<string> {
  return sha256(new TextEncoder().encode(text));
}

function lossOf({ loss }: MetricRow): Loss {
  const bits = new Uint32Array(Float32Array.of(loss).buffer)[0]!;
  return { value: loss, bits: bits.toString(16).padStart(8, "0") };
}
