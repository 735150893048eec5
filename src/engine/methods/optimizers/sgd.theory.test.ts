import { describe, expect, test } from "vitest";
import { CpuDevice } from "../../device/cpu.ts";
import type { Device } from "../../device/device.ts";
import { singularValues } from "../../linalg/hostSvd.ts";
import { semiOrthogonal } from "../../linalg/semiOrthogonal.ts";
import { matmul } from "../../ops/matmul.ts";
import { squaredError } from "../../ops/squaredError.ts";
import { Tape } from "../../ops/tape.ts";
import { persistent, readTensor, type Tensor, writeTensor } from "../../ops/tensor.ts";
import { weightedMean } from "../../ops/weightedMean.ts";
import { RandomStream } from "../../random/stream.ts";
import { testGpu } from "../../testing/devices.ts";
import { sgd } from "./sgd.ts";

/*
 * Deep matrix factorisation, ½‖W_L ⋯ W_1 − Φ‖², by gradient descent with decay: what the theorem of Yaras et al. (2024)
 * is about. Numbers and names are those of the specification's oracles O1 (no random numbers) and O2.
 */

type Matrix = number[][];

const zeros = (rows: number, cols: number): Matrix =>
  Array.from({ length: rows }, () => new Array<number>(cols).fill(0));
const product = (a: Matrix, b: Matrix): Matrix =>
  a.map((row) => b[0]!.map((_, col) => row.reduce((sum, x, k) => sum + x * b[k]![col]!, 0)));
const transpose = (a: Matrix): Matrix => a[0]!.map((_, col) => a.map((row) => row[col]!));
const scaled = (a: Matrix, s: number): Matrix => a.map((row) => row.map((x) => s * x));
const columns = (a: Matrix, from: number, to: number): Matrix => a.map((row) => row.slice(from, to));
const largest = (a: Matrix): number => Math.max(...a.flat().map(Math.abs));
const rowsOf = (values: ArrayLike<number>, cols: number): Matrix =>
  Array.from({ length: values.length / cols }, (_, row) =>
    Array.from({ length: cols }, (_, col) => values[row * cols + col]!),
  );

interface Descent {
  readonly weights: readonly Matrix[];
  readonly target: Matrix;
  readonly rate: number;
  readonly decay: number;
}

/** Gradient descent on a device, through the tape and the arena's optimizer. */
async function descend(device: Device, { weights, target, rate, decay }: Descent) {
  const [d, depth] = [target.length, weights.length];
  const block = Math.ceil((d * d) / 64) * 64;
  const arena = (name: string) => persistent(device, name, [depth * block]);
  const [values, gradients] = [arena("values"), arena("gradients")];
  const place = (whole: Tensor, at: number): Tensor => ({
    ...whole,
    shape: [d, d],
    strides: [d, 1],
    offset: at * block,
  });
  const small = (name: string, length: number) => persistent(device, name, [length]);
  const [groupOfBlock, groups, stepScalars, clip] = [
    small("blocks", (depth * block) / 64),
    persistent(device, "groups", [1, 4]),
    small("stepScalars", 64),
    small("clip", 1),
  ];
  writeTensor(device, groups, [1, decay, 0, 0]);
  writeTensor(device, stepScalars, [0, rate, ...new Array<number>(62).fill(0)]);
  writeTensor(device, clip, [1]);
  const targets = small("target", d * d);
  writeTensor(device, targets, target.flat());
  const ones = small("ones", d * d);
  writeTensor(device, ones, new Array<number>(d * d).fill(1));

  const tape = new Tape(device);
  const factors = weights.map((weight, at) => {
    const factor = place(values, at);
    writeTensor(device, factor, weight.flat());
    tape.watch(factor);
    return factor;
  });
  const f = factors.slice(1).reduce((below, factor) => matmul(tape, factor, below), factors[0]!);
  const mean = weightedMean(tape, squaredError(tape, tape.reshape(f, [d * d]), targets), ones);
  // The mean over d² entries times d² / 2 is the loss; its gradient starts from the same factor.
  const half = small("d² / 2", 1);
  writeTensor(device, half, [(d * d) / 2]);
  const [keptMean, keptProduct] = [tape.keep(mean), persistent(device, "f", [d, d])];
  tape.copy(f, keptProduct);
  const found = tape.backward(new Map([[mean, half]]));
  for (const [at, factor] of factors.entries()) tape.deliver(found.get(factor)!, place(gradients, at));
  const segment = { values, gradients, groupOfBlock, groups, state: {}, parameters: [] };
  sgd.update(tape, segment, { stepScalars, clip }, { momentum: 0, nesterov: "off" });
  const program = await tape.compile("descent");

  return {
    /** All in one submission: waiting for room between steps this small would take longer than the steps. */
    async steps(count: number) {
      await device.room();
      device.submit(new Array(count).fill(program));
    },
    /** Loss and product belong to the weights before the last step. */
    async read() {
      return {
        loss: ((d * d) / 2) * (await readTensor(device, keptMean))[0]!,
        f: rowsOf(await readTensor(device, keptProduct), d),
        weights: await Promise.all(factors.map(async (factor) => rowsOf(await readTensor(device, factor), d))),
      };
    },
  };
}

/**
 * The bases in which every layer falls into a part that learns and one that only shrinks (spec §1): V_1 = orth[V_Φ, Eᵀ U_Φ]
 * and its complement; then V_{l+1} = U_l = W_l(0) V_l / ε_l.
 */
function invariantBases(weights: readonly Matrix[], epsilons: readonly number[], u: Matrix, v: Matrix) {
  const whole = weights.slice(1).reduce((below, weight) => product(weight, below), weights[0]!);
  const e = scaled(whole, 1 / epsilons.reduce((a, b) => a * b));
  const reached = product(transpose(e), u);
  let right = completed(v.map((row, i) => [...row, ...reached[i]!]));
  return weights.map((weight, l) => {
    const left = scaled(product(weight, right), 1 / epsilons[l]!);
    const pair = { left, right };
    right = left;
    return pair;
  });
}

/** Spec §1.5, O1: loss, ρ, σ_max, σ_min of W_1 and f[0,0] after t steps. */
const oracle1 = [
  [0, 1.8857233047, 0.5, 0.5, 0.5, 0.04419417],
  [1, 1.8497108897, 0.4979375, 0.51935341, 0.49435341, 0.05328133],
  [10, 1.2003496607, 0.4807867992, 0.79585016, 0.46356134, 0.2421647],
  [50, 0.0202057895, 0.4247886376, 1.25667375, 0.41232719, 0.99203741],
  [100, 0.0102446521, 0.3786309079, 1.25666309, 0.3699948, 0.99204197],
  [200, 0.0037197507, 0.3183870605, 1.25664382, 0.3129599, 0.99204192],
  [500, 0.0005020455, 0.2183700509, 1.2566083, 0.21565948, 0.99204185],
] as const;

function oracle1Start(): Descent {
  const d = 8;
  const epsilon = 0.5;
  let hadamard: Matrix = [[1]];
  while (hadamard.length < d)
    hadamard = [...hadamard.map((row) => [...row, ...row]), ...hadamard.map((row) => [...row, ...row.map((x) => -x)])];
  const antiIdentity = zeros(d, d).map((row, i) => row.map((_, j) => (i + j === d - 1 ? epsilon : 0)));
  const shift = zeros(d, d).map((row, i) => row.map((_, j) => (j === (i + d - 1) % d ? epsilon : 0)));
  const target = zeros(d, d);
  target[0] = [1, 1, 1, 1, 0, 0, 0, 0];
  return { weights: [scaled(hadamard, epsilon / Math.sqrt(8)), antiIdentity, shift], target, rate: 0.05, decay: 0.02 };
}

describe("O1, without random numbers", () => {
  test.each([
    // The table itself has ten digits.
    ["in float64", () => new CpuDevice(Float64Array), { loss: () => 1e-9, value: 1e-8, rho: 1e-9, across: 1e-12 }],
    // The specification's float32 tolerances.
    [
      "in float32 on the GPU",
      testGpu,
      { loss: (loss: number) => 1e-7 + 3e-5 * loss, value: 2e-6, rho: 2e-6, across: 1e-7 },
    ],
  ] as const)("takes the trajectory of the specification %s", async (_, open, bounds) => {
    const start = oracle1Start();
    const [u, v] = [[1, 0, 0, 0, 0, 0, 0, 0], [1, 1, 1, 1, 0, 0, 0, 0].map((x) => x / 2)].map((row) =>
      transpose([row]),
    );
    const bases = invariantBases(start.weights, [0.5, 0.5, 0.5], u!, v!);
    const run = await descend(await open(), start);
    let taken = 0;
    let weights = [...start.weights];
    for (const [step, loss, rho, sigmaMax, sigmaMin, corner] of oracle1) {
      await run.steps(step - taken);
      taken = step;
      if (step > 0) ({ weights } = await run.read());
      // The step's own loss is seen by the next one.
      await run.steps(1);
      const seen = await run.read();
      taken++;
      expect(Math.abs(seen.loss - loss), `loss at ${step}`).toBeLessThan(bounds.loss(loss));
      expect(Math.abs(seen.f[0]![0]! - corner), `f[0,0] at ${step}`).toBeLessThan(Math.max(bounds.value, 6e-9));
      const values = singularValues(weights[0]!);
      expect(Math.abs(values[0]! - sigmaMax), `σ_max at ${step}`).toBeLessThan(bounds.value);
      expect(Math.abs(values[7]! - sigmaMin), `σ_min at ${step}`).toBeLessThan(bounds.value);
      for (const middle of values.slice(1, 7)) expect(Math.abs(middle - rho), `ρ at ${step}`).toBeLessThan(bounds.rho);
      for (const [l, { left, right }] of bases.entries()) {
        const inBases = product(transpose(left), product(weights[l]!, right));
        const across = [...columns(inBases.slice(0, 2), 2, 8), ...columns(inBases.slice(2), 0, 2)];
        expect(largest(across), `across the blocks of layer ${l + 1} at ${step}`).toBeLessThan(bounds.across);
      }
    }
  });
});

describe("O2, the invariant subspace", () => {
  const [d, r, depth] = [30, 3, 3];
  const singular = [2, 1.5, 1];
  // The specification goes on for thousands of steps, in which only the rest shrinks; all is learned after 300. Its fourth
  // case, ε = 0.01 over 40,000 steps, takes minutes and shows what the third does.
  const [steps, interval] = [400, 50];
  test.each([
    { epsilons: [0.5, 0.5, 0.5], rate: 0.02, decay: 0 },
    { epsilons: [0.5, 0.3, 0.4], rate: 0.02, decay: 0.01 },
    { epsilons: [0.1, 0.1, 0.1], rate: 0.05, decay: 0 },
  ])("holds to 1e-12 in float64 for $epsilons with decay $decay", async ({ epsilons, rate, decay }) => {
    const stream = new RandomStream(5, 0);
    const orthogonal = () => rowsOf(semiOrthogonal(d, d, stream), d);
    const weights = epsilons.map((epsilon) => scaled(orthogonal(), epsilon));
    const [u, v] = [rowsOf(semiOrthogonal(d, r, stream), r), rowsOf(semiOrthogonal(d, r, stream), r)];
    const target = product(
      u.map((row) => row.map((x, k) => x * singular[k]!)),
      transpose(v),
    );

    const bases = invariantBases(weights, epsilons, u, v);
    const cores = epsilons.map((epsilon) =>
      zeros(2 * r, 2 * r).map((row, i) => row.map((_, j) => (i === j ? epsilon : 0))),
    );
    const coreTarget = product(
      transpose(columns(bases[2]!.left, 0, 2 * r)),
      product(target, columns(bases[0]!.right, 0, 2 * r)),
    );

    const wide = await descend(new CpuDevice(Float64Array), { weights, target, rate, decay });
    const compressed = await descend(new CpuDevice(Float64Array), { weights: cores, target: coreTarget, rate, decay });
    const rho = [...epsilons];
    for (let at = 0; at < steps; at += interval) {
      await wide.steps(interval);
      await compressed.steps(interval);
      for (let step = 0; step < interval; step++) {
        const squares = rho.map((x) => x * x);
        for (let l = 0; l < depth; l++) {
          const others = squares.reduce((all, square, k) => (k === l ? all : all * square), 1);
          rho[l]! *= 1 - rate * decay - rate * others;
        }
      }
      const now = (await wide.read()).weights;
      const small = (await compressed.read()).weights;
      for (let l = 0; l < depth; l++) {
        const { left, right: basis } = bases[l]!;
        const inBases = product(transpose(left), product(now[l]!, basis));
        const m = 2 * r;
        expect(largest(columns(inBases.slice(0, m), m, d)), "(a) learning into the rest").toBeLessThan(1e-12);
        expect(largest(columns(inBases.slice(m), 0, m)), "(b) the rest into learning").toBeLessThan(1e-12);
        const bulk = columns(inBases.slice(m), m, d).map((row, i) => row.map((x, j) => x - (i === j ? rho[l]! : 0)));
        expect(largest(bulk), "(c, d) the rest is ρ times an isometry, by the recursion").toBeLessThan(1e-12);
        const block = columns(inBases.slice(0, m), 0, m).map((row, i) => row.map((x, j) => x - small[l]![i]![j]!));
        expect(largest(block), "(e) the compressed network takes the same steps").toBeLessThan(1e-12);
      }
      const difference = product(now[2]!, product(now[1]!, now[0]!)).map((row, i) => {
        const lifted = product(
          columns(bases[2]!.left, 0, 2 * r),
          product(small[2]!, product(small[1]!, product(small[0]!, transpose(columns(bases[0]!.right, 0, 2 * r))))),
        );
        return row.map((x, j) => x - lifted[i]![j]!);
      });
      const norm = Math.sqrt(difference.flat().reduce((sum, x) => sum + x * x, 0));
      const predicted = Math.sqrt(d - 2 * r) * rho.reduce((all, x) => all * x, 1);
      expect(Math.abs(norm - predicted), "(f) what compression leaves out").toBeLessThan(1e-12);
    }
    const learned = product(transpose(u), product((await wide.read()).f, v));
    for (const [k, value] of singular.entries()) {
      // Decay keeps the smallest at 0.99.
      expect(Math.abs(learned[k]![k]! - value), `singular value ${k + 1} is learned by the last step`).toBeLessThan(
        0.011,
      );
    }
  });
});

/** An orthogonal matrix whose first columns span those given. */
function completed(given: Matrix): Matrix {
  const size = given.length;
  const stream = new RandomStream(9, 9);
  const vectors: number[][] = [];
  const candidates = [...transpose(given), ...Array.from({ length: 2 * size }, () => [...stream.normals(size)])];
  for (const candidate of candidates) {
    if (vectors.length === size) break;
    let vector = candidate;
    for (let round = 0; round < 3; round++) {
      for (const other of vectors) {
        const along = other.reduce((sum, x, i) => sum + x * vector[i]!, 0);
        vector = vector.map((x, i) => x - along * other[i]!);
      }
    }
    const norm = Math.sqrt(vector.reduce((sum, x) => sum + x * x, 0));
    vectors.push(vector.map((x) => x / norm));
  }
  return transpose(vectors);
}
