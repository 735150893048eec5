import type { Device } from "../device/device.ts";
import { ConfigError } from "../errors.ts";
import type { Transformer } from "../model/transformer.ts";
import type { RunConfig } from "./config.ts";

/** Floating-point operations a second that one thread reaches over a whole training step; a slow laptop's half. */
const PER_SECOND = 1e10;

/** Seconds of a step from which on nobody would want to wait for a run. */
const LONGEST_STEP = 20;

/**
 * Refuses what a processor would take too long for, with numbers. A step takes about six operations per weight of its
 * dense layers and token: two forward, two for each gradient, and two more where blocks are computed again.
 *
 * @param texts per example: two where pairs are encoded apart.
 * @throws ConfigError.
 */
export function assertFitsProcessor(device: Device, transformer: Transformer, config: RunConfig, texts: number): void {
  if (device.kind !== "cpu") return;
  const weights = transformer.layers.reduce((sum, { inFeatures, outFeatures }) => sum + inFeatures * outFeatures, 0);
  const operations = config.activations === "recomputed" ? 8 : 6;
  const seconds = (operations * weights * config.batchSize * config.maxTokens * texts) / PER_SECOND;
  if (seconds <= LONGEST_STEP) return;
  throw new ConfigError(
    `without a graphics device a step of this run would take about ${Math.round(seconds)} s, and up to ${LONGEST_STEP} s are accepted`,
    "Take a smaller batch, shorter texts or a smaller model, or train on a graphics device.",
  );
}
