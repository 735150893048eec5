import type { Device } from "../device/device.ts";
import { timeProgram } from "../device/timing.ts";
import { matmul } from "../ops/matmul.ts";
import { Tape } from "../ops/tape.ts";
import { persistent, readTensor, writeTensor } from "../ops/tensor.ts";
import { operands, type Product, probes, shapesOf } from "./workload/products.ts";

export async function prepareProduct(device: Device, product: Product) {
  const values = operands(product);
  const shapes = shapesOf(product);
  const a = persistent(device, "a", shapes.a);
  const b = persistent(device, "b", shapes.b);
  writeTensor(device, a, values.a);
  writeTensor(device, b, values.b);
  const tape = new Tape(device);
  const c = tape.keep(matmul(tape, a, b));
  const program = await tape.compile("product");
  return {
    async probe() {
      await timeProgram(device, program, 1);
      const result = await readTensor(device, c);
      return probes(product).map((at) => result[at]!);
    },
    time: (runs: number) => timeProgram(device, program, runs),
  };
}
