import type { Device } from "../device/device.ts";
import { EngineError } from "../errors.ts";
import { philoxWordsKernel, wordHalves } from "../kernels/philoxWords.ts";
import { jacobi } from "../linalg/jacobi.ts";
import { orthonormalise } from "../linalg/orthonormalise.ts";
import { Tape } from "../ops/tape.ts";
import { persistent, readTensor, stacked, type Tensor, writeTensor } from "../ops/tensor.ts";
import { philoxVectors } from "../random/philoxVectors.ts";
import { type Check, relativeError, times } from "./check.ts";
import { graded, orthogonalityError, withSpectrum } from "./spectra.ts";
import { exact } from "./tolerances.ts";

/** Runs what `record` records on a tensor and reads its results. */
async function run(
  device: Device,
  shape: readonly number[],
  values: ArrayLike<number>,
  record: (tape: Tape, input: Tensor) => Record<string, Tensor>,
): Promise<Readonly<Record<string, readonly number[]>>> {
  const input = persistent(device, "input", shape, shape.length === 3 ? stacked(shape) : undefined);
  writeTensor(device, input, values);
  const tape = new Tape(device);
  const results = Object.entries(record(tape, input)).map(([name, tensor]) => {
    const kept = persistent(device, name, tensor.shape);
    tape.copy(tensor, kept);
    return [name, kept] as const;
  });
  void device.submit([await tape.compile("known answer")]);
  return Object.fromEntries(
    await Promise.all(results.map(async ([name, kept]) => [name, [...(await readTensor(device, kept))]] as const)),
  );
}

/** The largest of errors, none of which may be missing. */
function worstOf(errors: readonly number[]): number {
  if (errors.some(Number.isNaN)) throw new EngineError("the result has elements that are no numbers");
  return Math.max(...errors);
}

/** QᵀQ = I and QR = Y, for columns from independent to almost dependent. */
const orthonormal = [1e-1, 1e-3, 1e-4, 1e-6].map((smallest): Check => {
  const [rows, cols] = [97, 7];
  return {
    kind: "known",
    name: "orthonormalise",
    shape: `2 × ${rows} × ${cols}, condition ${(1 / smallest).toExponential(0)}`,
    tolerance: { bound: 5e-6, why: "three passes bring columns to rounding, which sums over 97 rows enlarge" },
    async run(device) {
      const y = [
        ...withSpectrum(rows, cols, graded(cols, smallest), 3),
        ...withSpectrum(rows, cols, graded(cols, 0.5), 5),
      ];
      const { q, r } = await run(device, [2, rows, cols], y, orthonormalise);
      const product = Array.from({ length: 2 * rows * cols }, (_, at) => {
        const [matrix, row, col] = [Math.floor(at / rows / cols), Math.floor(at / cols) % rows, at % cols];
        let sum = 0;
        for (let k = 0; k < cols; k++)
          sum += q![(matrix * rows + row) * cols + k]! * r![(matrix * cols + k) * cols + col]!;
        return sum;
      });
      return worstOf([orthogonalityError(q!, 2, cols), relativeError(product, y)]);
    },
  };
});

/** Singular values that the matrix was made of, large and tiny ones, and the matrix made of them again. */
const decomposed = [1, 2, 5, 8, 33].map(
  (size): Check => ({
    kind: "known",
    name: "jacobi",
    shape: times([2, size, size]),
    // Errors are shares of the largest value, so an update of 1e-9 is measured as well as one of 1.
    tolerance: {
      bound: 2e-5,
      why: "hundreds of rotations one after the other, by quotients and roots whose last bits WGSL does not grant",
    },
    async run(device) {
      const values = size === 1 ? [2] : graded(size, 1e-5);
      const tiny = values.map((x) => 1e-9 * x);
      const a = [...withSpectrum(size, size, values, 7), ...withSpectrum(size, size, tiny, 9)];
      const svd = await run(device, [2, size, size], a, jacobi);
      const rebuilt = Array.from({ length: size * size }, (_, at) => {
        const [row, col] = [Math.floor(at / size), at % size];
        return values.reduce(
          (sum, _v, k) => sum + svd.values![k]! * svd.left![row * size + k]! * svd.right![col * size + k]!,
          0,
        );
      });
      return worstOf([
        relativeError(svd.values!.slice(0, size), values),
        relativeError(svd.values!.slice(size), tiny),
        relativeError(rebuilt, a.slice(0, size * size)),
      ]);
    },
  }),
);

/** Random123's test vectors: all of them to the bit. */
const randomWords: Check = {
  kind: "known",
  name: "philox4x32",
  shape: `${philoxVectors.length} of Random123's test vectors`,
  tolerance: exact,
  async run(device) {
    const { length } = philoxVectors;
    const inputs = philoxVectors.flatMap(({ counter, key }) => wordHalves([...counter, ...key]));
    const { out } = await run(device, [12 * length], inputs, (tape, tensor) => {
      const words = tape.tensor("words", [8 * length]);
      tape.dispatch(philoxWordsKernel, { tensors: { inputs: tensor, out: words }, params: { count: length } });
      return { out: words };
    });
    return worstOf([
      relativeError(
        out!,
        philoxVectors.flatMap(({ expected }) => wordHalves(expected)),
      ),
    ]);
  },
};

/** What is held against answers that are known without any reference loop. */
export const knownAnswers: readonly Check[] = [...orthonormal, ...decomposed, randomWords];
