import type { Device } from "../device/device.ts";
import { matrix, type PlainMatrix } from "../methods/adapters/plain.ts";
import type { DirectionsInitialiser } from "../methods/initialisers/initialiser.ts";
import type { Fields, SettingsOf } from "../methods/method.ts";
import { Tape } from "../ops/tape.ts";
import { memoryOf, persistent, readTensor, sizeOf, stacked, type Tensor, writeTensor } from "../ops/tensor.ts";
import { RandomStream } from "../random/stream.ts";

/** What an initialiser finds in matrices [in, out] of one shape: input [in, r] and output [out, r] of each. */
export async function findIn(
  device: Device,
  entry: DirectionsInitialiser,
  given: {
    readonly layers: readonly PlainMatrix[];
    readonly rank: number;
    readonly scale: number;
    readonly settings: SettingsOf<Fields>;
  },
): Promise<Readonly<Record<"input" | "output", PlainMatrix[]>>> {
  const { layers, rank, scale, settings } = given;
  const owned: Tensor[] = [];
  const place = (name: string, shape: readonly number[], values: ArrayLike<number>): Tensor => {
    const tensor = persistent(device, name, shape, stacked(shape));
    writeTensor(device, tensor, values);
    owned.push(tensor);
    return tensor;
  };
  const { rows, cols } = layers[0]!;
  const matrices = place(
    "matrices",
    [layers.length, rows, cols],
    layers.flatMap(({ values }) => [...values]),
  );
  const stream = new RandomStream(7, 2);
  const random = (name: string, shape: readonly number[]) => place(name, shape, stream.normals(sizeOf(shape)));
  const tape = new Tape(device);
  const { input, output } = entry.find(tape, { matrices, rank, scale, random }, settings);
  const kept = [input, output].map((tensor) => {
    const copy = place(tensor.name, tensor.shape, new Float64Array(sizeOf(tensor.shape)));
    tape.copy(tensor, copy);
    return copy;
  });
  const program = await tape.compile("find");
  void device.submit([program]);
  const [inputs, outputs] = await Promise.all(
    kept.map(async (tensor) => slicesOf(tensor, await readTensor(device, tensor))),
  );
  program.destroy();
  for (const tensor of owned) memoryOf(tensor).destroy();
  return { input: inputs!, output: outputs! };
}

function slicesOf({ shape }: Tensor, values: ArrayLike<number>): PlainMatrix[] {
  const [count, rows, cols] = shape as [number, number, number];
  const all = Array.from(values);
  return Array.from({ length: count }, (_, at) =>
    matrix(all.slice(at * rows * cols, (at + 1) * rows * cols), rows, cols),
  );
}
