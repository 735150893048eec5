import { MOST_BYTES } from "../device/cpuStorage.ts";
import type { Device } from "../device/device.ts";
import { outOfMemory } from "../device/limits.ts";
import { ConfigError } from "../errors.ts";
import { methodNamed } from "../methods/index.ts";
import { type ModelSummary, summaryOf } from "../model/modelSummary.ts";
import type { Transformer } from "../model/transformer.ts";
import { sizeOf } from "../ops/tensor.ts";
import type { RunConfig } from "../settings/config.ts";
import { assertRunnable } from "../settings/problems.ts";
import { taskTraitsOf } from "../tasks/task.ts";

/** Floating-point operations a second over a whole training step: of one thread of a slow laptop half, of a fast machine 5e10. */
const PER_SECOND = 3e10;

/** Seconds of a step from which on nobody would want to wait for a run. */
const LONGEST_STEP = 20;

type StepSettings = Pick<
  RunConfig,
  | "task"
  | "dataKind"
  | "dataSecond"
  | "pairing"
  | "gradientCheckpointing"
  | "batchSize"
  | "accumulationSteps"
  | "maxTokens"
>;

/** What is wrong with a run that a processor would take too long for, and what would be accepted in its stead. */
export interface TooSlow {
  readonly problem: string;
  /** The largest batch, of equal micro-batches, with the other settings as they are; absent where there is none. */
  readonly batchSize: number | undefined;
  /** The longest texts, likewise; the form has none under eight tokens. */
  readonly maxTokens: number | undefined;
}

/**
 * A step takes about six operations per weight of its dense layers and token: two forward, two for each gradient, and
 * two more where blocks are computed again.
 *
 * @returns nothing where a processor would do.
 */
export function tooSlowForProcessor(config: StepSettings, { layers, packsPairs }: ModelSummary): TooSlow | undefined {
  const { gradientCheckpointing, batchSize, accumulationSteps, maxTokens, pairing } = config;
  const weights = [...layers.values()].reduce((sum, [rows, columns]) => sum + rows * columns, 0);
  const operations = gradientCheckpointing === "on" ? 8 : 6;
  // Pairs that are encoded apart are two texts an example.
  const texts = taskTraitsOf(config).hasPairs && !(packsPairs && pairing === "packed") ? 2 : 1;
  const secondsOf = (batch: number, tokens: number) => (operations * weights * batch * tokens * texts) / PER_SECOND;
  const seconds = secondsOf(batchSize, maxTokens);
  if (seconds <= LONGEST_STEP) return undefined;
  const batches = Math.floor(LONGEST_STEP / secondsOf(1, maxTokens) / accumulationSteps) * accumulationSteps;
  const tokens = Math.floor(LONGEST_STEP / secondsOf(batchSize, 1));
  return {
    problem: `on the processor a step of this run would take about ${Math.round(seconds)} s, and up to ${LONGEST_STEP} s are accepted`,
    batchSize: batches > 0 ? batches : undefined,
    maxTokens: tokens >= 8 ? tokens : undefined,
  };
}

/** Refuses a model that the settings do not go with, or that is too much for a processor. @throws ConfigError, OutOfMemoryError. */
export function assertTrainable(device: Device, transformer: Transformer, config: RunConfig): void {
  const facts = summaryOf(transformer);
  assertRunnable(config, { [config.model]: facts });
  assertFitsProcessor(device, transformer, facts, config);
}

/**
 * Refuses what a processor would take too long for, or could not hold, with numbers and before anything is allocated.
 *
 * @throws ConfigError, OutOfMemoryError.
 */
export function assertFitsProcessor(
  device: Device,
  { tensors }: Transformer,
  facts: ModelSummary,
  config: RunConfig,
): void {
  if (device.kind !== "cpu") return;
  const slow = tooSlowForProcessor(config, facts);
  if (slow) throw new ConfigError(slow.problem, adviceOn(slow));
  const weights = 4 * tensors.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  // Where all is trained there are gradients and starting values beside the weights.
  const needed = methodNamed(config.method).trains === "weights" ? 3 * weights : weights;
  if (needed > MOST_BYTES) throw outOfMemory(needed, MOST_BYTES);
}

function adviceOn({ batchSize, maxTokens }: TooSlow): string {
  const ways = [
    ...(batchSize === undefined ? [] : [`a batch of at most ${batchSize}`]),
    ...(maxTokens === undefined ? [] : [`texts of at most ${maxTokens} tokens`]),
    "a smaller model",
  ];
  return `Take ${ways.join(", ")}, or train on a graphics device.`;
}
