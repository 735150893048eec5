import type { RunData } from "../data/runData.ts";
import type { Tensors } from "../methods/diagnostics/diagnostic.ts";
import { type MeasurementName, measurementsOf } from "../methods/diagnostics/index.ts";
import { keepOf } from "../methods/diagnostics/probe.ts";
import type { LoadedModel } from "../model/loadModel.ts";
import type { Report } from "../report.ts";
import type { RunConfig } from "../settings/config.ts";
import { seatBases } from "./bases.ts";
import { withFirstGradient } from "./calibration.ts";
import type { KeptGradients } from "./measurements.ts";
import type { ProgramContext } from "./programs.ts";
import { runOnce } from "./runOnce.ts";

/**
 * What of a run depends on the first gradient: the bases of a compressed adapter, which become its start, and what diagnostics keep.
 * Nothing is computed where nothing asks for it.
 */
export async function prepareFromGradient(
  context: ProgramContext,
  config: RunConfig,
  model: LoadedModel,
  data: RunData,
  report: Report,
): Promise<KeptGradients> {
  const { device, network } = context;
  const kept = new Map<MeasurementName, Map<(typeof network.watched)[number], Tensors>>();
  const { method } = network;
  const kind = method.kind === "adapter" ? method.adapter.bases?.kind(method.settings) : undefined;
  const keepers = network.groups.length > 0 ? measurementsOf(config).filter(({ entry }) => entry.keep) : [];
  if (!kind && keepers.length === 0) return kept;
  const doing = kind ? "Finding the bases in the first gradient" : "Computing the first gradient";
  const tell = (fraction: number) => report(doing, fraction);
  await withFirstGradient(context, config, model, data, tell, async (gradients, workspace) => {
    if (kind) await seatBases(device, workspace, network, { kind, seed: config.seed, gradients });
    for (const { name, entry } of keepers) {
      const own = new Map<(typeof network.watched)[number], Tensors>();
      for (const [at, layers] of network.watched.entries()) {
        own.set(layers, await keepOf(device, workspace, entry, gradients.of(network.groups[at]!), config));
      }
      kept.set(name, own);
    }
  });
  if (kind) await runOnce(device, context.workspace, "remember the start", (tape) => network.arena.remember(tape));
  return kept;
}
