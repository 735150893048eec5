import type { Device } from "../device/device.ts";
import { timeProgram } from "../device/timing.ts";
import { gradientSubspace } from "../linalg/gradientSubspace.ts";
import { POWER_STEPS, sketchColumns } from "../methods/initialisers/directions.ts";
import { Tape } from "../ops/tape.ts";
import { persistent, readTensor, stacked, writeTensor } from "../ops/tensor.ts";
import { RandomStream } from "../random/stream.ts";
import { gradientOf, layerGradient } from "./workload/gradients.ts";

/** The `count` top directions of a layer's gradient, found as the product finds its bases. */
export async function prepareSubspace(device: Device, size: number, count: number) {
  const gradient = persistent(device, "gradient", [1, size, size]);
  writeTensor(device, gradient, gradientOf(layerGradient(size), size));
  const sketch = [1, size, sketchColumns(count, { inFeatures: size, outFeatures: size })];
  const random = persistent(device, "range finder", sketch, stacked(sketch));
  writeTensor(device, random, new RandomStream(5, size).normals(sketch[1]! * sketch[2]!));

  const tape = new Tape(device);
  const found = gradientSubspace(tape, gradient, { count, random, iterations: POWER_STEPS });
  const left = tape.keep(found.left);
  tape.keep(found.right);
  const program = await tape.compile("subspace");
  return {
    time: (runs: number) => timeProgram(device, program, runs),
    energy: async () => capturedEnergy(await readTensor(device, left), size, count),
  };
}

/** ‖basisᵀ·G‖², in float64. */
function capturedEnergy(basis: ArrayLike<number>, size: number, count: number): number {
  const gradient = gradientOf(layerGradient(size), size);
  let energy = 0;
  for (let direction = 0; direction < count; direction++) {
    const image = new Float64Array(size);
    for (let row = 0; row < size; row++) {
      const share = basis[row * count + direction]!;
      for (let col = 0; col < size; col++) image[col]! += share * gradient[row * size + col]!;
    }
    energy += image.reduce((sum, value) => sum + value * value, 0);
  }
  return energy;
}
