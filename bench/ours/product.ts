import { matmul } from "../../src/engine/ops/matmul.ts";
import { Tape } from "../../src/engine/ops/tape.ts";
import { persistent, readTensor, writeTensor } from "../../src/engine/ops/tensor.ts";
import type { Product } from "../contract.ts";
import { operands, probes, shapesOf } from "../workload/products.mjs";
import { openDevice } from "./device.ts";
import { timeProgram } from "./timed.ts";

export async function prepareProduct(product: Product) {
  const device = await openDevice();
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
      return probes(product).map((at: number) => result[at]!);
    },
    time: (runs: number) => timeProgram(device, program, runs),
  };
}
