import type { RunData } from "../data/runData.ts";
import type { Device } from "../device/device.ts";
import { SPECTRUM_FLOOR } from "../linalg/productSingularValues.ts";
import type { LoadedModel } from "../model/loadModel.ts";
import type { LinearLayer } from "../model/transformer.ts";
import { sizeOf } from "../ops/tensor.ts";
import type { RunSummary } from "./events.ts";
import type { Measurements } from "./measurements.ts";
import type { ProgramContext } from "./programs.ts";
import type { StepPrograms } from "./stepPrograms.ts";

/** What the page shows of a run before its first step. */
export function summarise(
  device: Device,
  run: {
    readonly model: LoadedModel;
    readonly data: RunData;
    readonly targets: readonly LinearLayer[];
    readonly context: ProgramContext;
    readonly training: StepPrograms;
    readonly measurements: Measurements;
  },
): RunSummary {
  const { model, data, targets, context, training, measurements } = run;
  const trainable = context.network.trainableParameters;
  const { tensors } = model.transformer;
  const stored = tensors.filter(({ constant }) => !constant).reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  const head = context.objective.head.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
  const isAdapter = context.network.method.kind === "adapter";
  return {
    layers: targets.map(({ id, weight, inFeatures, outFeatures }) => ({ id, tensor: weight, inFeatures, outFeatures })),
    measured: measurements.columns,
    spectrumFloor: SPECTRUM_FLOOR,
    spectrumIsExact: measurements.spectraAreExact,
    trainableParameters: trainable.all,
    adapterParameters: trainable.updates,
    totalParameters: stored + head + (isAdapter ? trainable.updates : 0),
    deviceBytes: device.ledger.liveBytes,
    trainingExamples: data.training.length,
    validationExamples: data.validation.length,
    truncatedTexts: data.truncatedTexts,
    totalTexts: data.totalTexts,
    metrics: data.task.metrics,
    dispatchesPerStep: training.dispatches,
  };
}
