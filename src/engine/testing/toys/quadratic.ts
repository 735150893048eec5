import { number } from "../../field.ts";
import { squaredError } from "../../ops/squaredError.ts";
import type { Tape } from "../../ops/tape.ts";
import { memoryOf, persistent, writeTensor } from "../../ops/tensor.ts";
import { weightedMean } from "../../ops/weightedMean.ts";
import { ArenaSession, type Parameters } from "../../problems/arenaSession.ts";
import { problem } from "../../problems/problem.ts";
import { RandomStream } from "../../random/stream.ts";

/** The nearest matrix to one that was drawn, by gradient descent from zero. */
export const quadratic = problem({
  label: "Toy of squares",
  source: "Cauchy 1847, Comptes rendus 25",
  equation: "min mean (X − T)²",
  fields: {
    size: number("Size", 8, { min: 1, max: 64, whole: true }, "Rows and columns."),
    learningRate: number("Learning rate", 1, { min: 1e-6, max: 100 }, "Of gradient descent."),
    steps: number("Steps", 100, { min: 1, max: 10_000, whole: true }, "Length of the run."),
    seed: number("Seed", 7, { min: 0, max: 4294967295, whole: true }, "Decides the matrix."),
    evaluateEvery: number("Validate every", 10, { min: 1, max: 10_000, whole: true }, "Steps between validations."),
    spectrumEvery: number("Spectrum every", 10, { min: 1, max: 10_000, whole: true }, "Steps between spectra."),
  },
  small: { steps: 20 },
  prepare: async ({ device, settings }) => {
    const { size, seed } = settings;
    const entries = size * size;
    const target = persistent(device, "target", [entries]);
    const weights = persistent(device, "weights", [entries]);
    writeTensor(device, target, new RandomStream(seed, 1).normals(entries));
    writeTensor(device, weights, new Float64Array(entries).fill(1));
    const error = (tape: Tape, { X }: Parameters) =>
      weightedMean(tape, squaredError(tape, tape.reshape(X!, [entries]), target), weights);
    return ArenaSession.prepare(device, settings, {
      parameters: [{ name: "X", shape: [1, size, size], initial: new Float64Array(entries) }],
      recordLoss: error,
      recordEvaluation: error,
      metricsOf: ({ 0: loss }) => ({ loss: loss! }),
      metrics: [{ id: "loss", label: "Loss", higherIsBetter: false }],
      watched: [
        {
          ...{ id: "X", tensor: "X", inFeatures: size, outFeatures: size },
          update: (_, { X }) => ({ dense: X! }),
        },
      ],
      examples: { training: entries, validation: entries },
      destroy() {
        for (const tensor of [target, weights]) memoryOf(tensor).destroy();
      },
    });
  },
});
