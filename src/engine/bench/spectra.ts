import type { Device } from "../device/device.ts";
import { timeProgram } from "../device/timing.ts";
import { productSingularValues } from "../linalg/productSingularValues.ts";
import { semiOrthogonal } from "../linalg/semiOrthogonal.ts";
import { Tape } from "../ops/tape.ts";
import { persistent, readTensor, stacked, writeTensor } from "../ops/tensor.ts";
import { RandomStream } from "../random/stream.ts";
import { knownValues, updateLayers, updateWidth } from "./workload/updates.ts";

/** Singular values of all layers' updates, as the product measures them while it trains. */
export async function prepareSpectra(device: Device, rank: number) {
  const known = knownValues(rank);
  const stack = (name: string, rows: number, valuesOf: (layer: number) => ArrayLike<number>) => {
    const shape = [updateLayers, rows, rank];
    const tensor = persistent(device, name, shape, stacked(shape));
    const values = new Float32Array(updateLayers * rows * rank);
    for (let layer = 0; layer < updateLayers; layer++) values.set(valuesOf(layer), layer * rows * rank);
    writeTensor(device, tensor, values);
    return tensor;
  };
  const orthonormal = (seed: number) => (layer: number) =>
    semiOrthogonal(updateWidth, rank, new RandomStream(seed, layer));
  const diagonal = Array.from({ length: rank * rank }, (_, at) => (at % (rank + 1) === 0 ? known[at % rank]! : 0));
  const left = stack("left", updateWidth, orthonormal(1));
  const right = stack("right", updateWidth, orthonormal(2));
  const core = stack("core", rank, () => diagonal);

  const tape = new Tape(device);
  const values = tape.keep(productSingularValues(tape, { left, core, right }));
  const program = await tape.compile("spectra of many layers");
  return {
    time: (runs: number) => timeProgram(device, program, runs),
    async error() {
      await timeProgram(device, program, 1);
      const found = await readTensor(device, values);
      return Math.max(...Array.from(found, (value, at) => Math.abs(value - known[at % rank]!))) / known[0]!;
    },
  };
}
