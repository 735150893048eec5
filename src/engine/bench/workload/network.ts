// The network whose training step is compared, defined once for all peers: a transformer that normalises before every
// layer, with its output tied to the embeddings; frozen but for low-rank updates of all six dense layers of a block.
//
//   x       = tokens[ids] + positions
//   x      += o(attention(q, k, v of norm1(x)))          causal
//   x      += fc2(gelu(fc1(norm2(x))))                   GELU by tanh
//   logits  = normFinal(x) · tokensᵀ,   loss = mean cross-entropy of the next token
//   dense(x) = x·W + bias + (alpha / rank) · x·A[·M]·B   M only at depth 3
//
// AdamW over the factors: decoupled decay, epsilon outside the root, bias-corrected moments.
import { generator, normals } from "./numbers.ts";

export interface NetworkConfig {
  readonly blocks: number;
  readonly width: number;
  readonly heads: number;
  readonly innerWidth: number;
  /** Tokens of a row, and rows of a batch. */
  readonly length: number;
  readonly rows: number;
  readonly vocabulary: number;
  readonly rank: number;
  readonly alpha: number;
  /** Factors of an update, two or three. */
  readonly depth: number;
  readonly learningRate: number;
  readonly beta1: number;
  readonly beta2: number;
  readonly epsilon: number;
  readonly weightDecay: number;
  readonly normEpsilon: number;
  readonly seed: number;
  /** That are used in turn. */
  readonly batches: number;
}

/** Tensors by name, row-major. */
export type NamedTensors = Readonly<
  Record<string, { readonly shape: readonly number[]; readonly values: Float32Array<ArrayBuffer> }>
>;

const tiny2: NetworkConfig = {
  blocks: 2,
  width: 128,
  heads: 2,
  innerWidth: 512,
  length: 64,
  rows: 8,
  vocabulary: 1024,
  rank: 8,
  alpha: 16,
  depth: 2,
  learningRate: 2e-3,
  beta1: 0.9,
  beta2: 0.999,
  epsilon: 1e-8,
  weightDecay: 0.01,
  normEpsilon: 1e-5,
  seed: 1,
  batches: 4,
};

/** Steps of this one take milliseconds, so that ten thousand can be taken. */
const nano: NetworkConfig = {
  ...tiny2,
  blocks: 1,
  width: 32,
  innerWidth: 64,
  length: 16,
  rows: 2,
  vocabulary: 64,
  rank: 4,
  depth: 3,
};

/** By name; `deep3` adds a third factor to every update. */
export const networks = { tiny2, deep3: { ...tiny2, depth: 3 }, nano } as const;

export type NetworkName = keyof typeof networks;

/** The dense layers of a block: name, inputs, outputs. */
export const denseLayers = ({ width, innerWidth }: Pick<NetworkConfig, "width" | "innerWidth">) =>
  [
    ["q", width, width],
    ["k", width, width],
    ["v", width, width],
    ["o", width, width],
    ["fc1", width, innerWidth],
    ["fc2", innerWidth, width],
  ] as const;

/** Frozen weights and trainable factors. Matrices are [inputs, outputs]. */
export function initialWeights(config: NetworkConfig): {
  readonly frozen: NamedTensors;
  readonly factors: NamedTensors;
} {
  const { blocks, width, length, vocabulary, rank, depth, seed } = config;
  const sizeOf = (shape: readonly number[]) => shape.reduce((product, each) => product * each, 1);
  const drawn = (name: string, shape: readonly number[], scale: number) =>
    [name, { shape, values: normals(seed, name, sizeOf(shape), scale) }] as const;
  const filled = (name: string, shape: readonly number[], value: number) =>
    [name, { shape, values: new Float32Array(sizeOf(shape)).fill(value) }] as const;
  const every = Array.from({ length: blocks }, (_, block) => `l${block}`);
  const norms = ["lnf", ...every.flatMap((block) => [`${block}.ln1`, `${block}.ln2`])];
  const dense = every.flatMap((block) =>
    denseLayers(config).map(([name, inputs, outputs]) => ({ name: `${block}.${name}`, inputs, outputs })),
  );
  return {
    frozen: Object.fromEntries([
      drawn("tok", [vocabulary, width], 0.08),
      drawn("pos", [length, width], 0.08),
      ...norms.flatMap((name) => [filled(`${name}.g`, [width], 1), filled(`${name}.b`, [width], 0)]),
      ...dense.flatMap(({ name, inputs, outputs }) => [
        drawn(`${name}.W`, [inputs, outputs], 1 / Math.sqrt(inputs)),
        filled(`${name}.bias`, [outputs], 0),
      ]),
    ]),
    factors: Object.fromEntries(
      dense.flatMap(({ name, inputs, outputs }) => [
        drawn(`${name}.A`, [inputs, rank], 1 / Math.sqrt(inputs)),
        ...(depth === 3 ? [drawn(`${name}.M`, [rank, rank], 1 / Math.sqrt(rank))] : []),
        filled(`${name}.B`, [rank, outputs], 0),
      ]),
    ),
  };
}

/**
 * A few batches that are used in turn. The next token is mostly an affine map of the present one, so that there is
 * something to learn. @returns [{ ids, targets }], Int32Array [rows · length] each.
 */
export function makeBatches({ batches, rows, length, vocabulary, seed }: NetworkConfig) {
  const uniform = generator(77 + seed);
  const any = () => Math.floor(uniform() * vocabulary);
  return Array.from({ length: batches }, () => {
    const ids = new Int32Array(rows * length);
    const targets = new Int32Array(rows * length);
    for (let row = 0; row < rows; row++) {
      let token = any();
      for (let at = row * length; at < (row + 1) * length; at++) {
        ids[at] = token;
        token = uniform() < 0.9 ? (token * 5 + 17) % Math.min(vocabulary, 64) : any();
        targets[at] = token;
      }
    }
    return { ids, targets };
  });
}
