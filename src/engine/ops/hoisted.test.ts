import { expect, test } from "vitest";
import { CpuDevice } from "../device/cpu.ts";
import { testNumbers } from "../testing/random.ts";
import { add } from "./add.ts";
import { matmul } from "./matmul.ts";
import { Workspace } from "./memoryPlan.ts";
import { Tape } from "./tape.ts";
import { memoryOf, persistent, readTensor, type Tensor, writeTensor } from "./tensor.ts";

const [LAYERS, SIZE] = [6, 64];

/** Gradients of a chain of products, of each of which only a few columns are kept; and the memory that it takes. */
async function chain(early: boolean) {
  const device = new CpuDevice();
  const place = (name: string, shape: readonly number[], seed: number): Tensor => {
    const tensor = persistent(device, name, shape);
    writeTensor(device, tensor, testNumbers(shape[0]! * shape[1]!, seed));
    return tensor;
  };
  const x = place("x", [4, SIZE], 1);
  const weights = Array.from({ length: LAYERS }, (_, at) => place(`w${at}`, [SIZE, SIZE], at + 2));
  const basis = place("basis", [SIZE, 2], 50);
  const out = persistent(device, "kept", [LAYERS, SIZE * 2]);
  const workspace = new Workspace(device);
  const tape = new Tape(device, workspace);
  for (const weight of weights) tape.watch(weight);
  const y = weights.reduce((input, weight) => matmul(tape, input, weight), x);
  const gradients = tape.backward(new Map([[y, y]]));
  // In the order of the layers, whose gradients come from the last to the first.
  const kept = weights.map((weight) => {
    let small: Tensor | undefined;
    const record = () => {
      small = add(tape, matmul(tape, gradients.get(weight)!, basis), matmul(tape, weight, basis));
    };
    if (early) tape.early(record);
    else record();
    return small!;
  });
  for (const [at, small] of kept.entries()) tape.copy(tape.reshape(small, [2 * SIZE]), tape.slice(out, at));
  const program = await tape.compile("chain");
  void device.submit([program]);
  const bytes = workspace.blocks.reduce((sum, { length }) => sum + length, 0);
  const values = await readTensor(device, out);
  memoryOf(out).destroy();
  return { values, bytes };
}

test("what runs early comes to the same, and gives up what it reads", async () => {
  const [late, early] = [await chain(false), await chain(true)];
  expect(early.values).toEqual(late.values);
  // Late, the gradients of all layers wait; early, one at a time.
  expect(late.bytes - early.bytes).toBeGreaterThanOrEqual((LAYERS - 2) * SIZE * SIZE);
});
