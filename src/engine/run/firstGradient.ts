import type { RunData } from "../data/runData.ts";
import type { Tensors } from "../methods/diagnostics/diagnostic.ts";
import { type MeasurementName, measurementsOf } from "../methods/diagnostics/index.ts";
import { keepOf } from "../methods/diagnostics/probe.ts";
import type { LoadedModel } from "../model/loadModel.ts";
import { Workspace } from "../ops/memoryPlan.ts";
import type { Report } from "../report.ts";
import type { RunConfig } from "../settings/config.ts";
import { initialiseBases, prepareBases } from "./bases.ts";
import { withFirstGradient } from "./calibration.ts";
import type { KeptGradients } from "./measurements.ts";
import type { ProgramContext } from "./programs.ts";
import { runOnce } from "./runOnce.ts";

/**
 * What of a run depends on the pretrained weights and on the first gradient: directions that factors start in, and what
 * diagnostics keep. Nothing is computed where nothing asks for it.
 */
export async function prepareStart(
  context: ProgramContext,
  config: RunConfig,
  model: LoadedModel,
  data: RunData,
  report: Report,
): Promise<KeptGradients> {
  const { device, network } = context;
  const kept = new Map<MeasurementName, Map<(typeof network.watched)[number], Tensors>>();
  const { seed } = config;
  const searched = network.directions?.initialiser.of;
  if (searched === "weights") {
    report("Finding the start in the weights");
    const workspace = new Workspace(device);
    await initialiseBases({ device, workspace, network }, seed);
    workspace.destroy();
  }
  const keepers = network.groups.length > 0 ? measurementsOf(config).filter(({ entry }) => entry.keep) : [];
  const isFromGradient = searched === "first gradient";
  if (isFromGradient || keepers.length > 0) {
    const doing = isFromGradient ? "Finding the bases in the first gradient" : "Computing the first gradient";
    const tell = (fraction: number) => report(doing, fraction);
    tell(0);
    await withFirstGradient(context, config, model, data, tell, async (gradients, workspace) => {
      const findBases = isFromGradient && (await prepareBases({ device, workspace, network }, seed, gradients));
      return async () => {
        if (findBases) await findBases();
        for (const { name, entry } of keepers) {
          const own = new Map<(typeof network.watched)[number], Tensors>();
          for (const [at, layers] of network.watched.entries()) {
            own.set(layers, await keepOf(device, workspace, entry, gradients.of(network.groups[at]!), config));
          }
          kept.set(name, own);
        }
      };
    });
  }
  if (searched) await runOnce(device, context.workspace, "remember the start", (tape) => network.arena.remember(tape));
  return kept;
}
