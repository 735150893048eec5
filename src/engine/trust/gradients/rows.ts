import { transposed } from "../../methods/adapters/transposed.ts";
import { add } from "../../ops/add.ts";
import { contiguous } from "../../ops/contiguous.ts";
import { crossEntropy } from "../../ops/crossEntropy.ts";
import { difference } from "../../ops/difference.ts";
import { dropout } from "../../ops/dropout.ts";
import { embedTokens } from "../../ops/embedTokens.ts";
import { firstToken } from "../../ops/firstToken.ts";
import { gatherRows } from "../../ops/gatherRows.ts";
import { gelu } from "../../ops/gelu.ts";
import { lastToken } from "../../ops/lastToken.ts";
import { layerNorm } from "../../ops/layerNorm.ts";
import { maxPool } from "../../ops/maxPool.ts";
import { meanPool } from "../../ops/meanPool.ts";
import { meanSquaredError } from "../../ops/meanSquaredError.ts";
import { multiply } from "../../ops/multiply.ts";
import { normalizeRows } from "../../ops/normalizeRows.ts";
import { pairFeatures } from "../../ops/pairFeatures.ts";
import { relu } from "../../ops/relu.ts";
import { rmsNorm } from "../../ops/rmsNorm.ts";
import { scaled } from "../../ops/scaled.ts";
import { sideBySide } from "../../ops/sideBySide.ts";
import { siluGate } from "../../ops/siluGate.ts";
import { spread } from "../../ops/spread.ts";
import { squaredError } from "../../ops/squaredError.ts";
import { tanh } from "../../ops/tanh.ts";
import { weightedMean } from "../../ops/weightedMean.ts";
import { noise } from "../check.ts";
import type { GradientCase } from "../gradientCheck.ts";
import { functions, rounded, saturating, summed } from "../tolerances.ts";
import { mask } from "./attention.ts";

/** Arguments to where a function has long been flat, on both sides. */
const wide = (length: number, stream: number) => noise(length, stream).map((x) => Math.fround(6 * x));
const stepScalars = { shape: [64], values: [3, 0, 0, 0, 12345, 678, ...Array<number>(58).fill(0)] };

/** Operations on elements and rows. */
export const rowCases: readonly GradientCase[] = [
  {
    op: "add",
    about: "views",
    tolerance: rounded,
    inputs: { x: [3, 4], y: [4, 3] },
    build: (tape, { x, y }) => add(tape, x!, tape.view(y!, { shape: [3, 4], strides: [1, 3] })),
  },
  {
    op: "add",
    about: "a tensor to itself",
    tolerance: rounded,
    inputs: { x: [70] },
    build: (tape, { x }) => add(tape, x!, x!),
  },
  {
    op: "gelu",
    about: "exact",
    tolerance: saturating,
    inputs: { x: [7, 13] },
    values: { x: wide(91, 1) },
    build: (tape, { x }) => gelu(tape, x!, { tanh: false }),
  },
  {
    op: "gelu",
    about: "by tanh",
    tolerance: saturating,
    inputs: { x: [130] },
    values: { x: wide(130, 2) },
    build: (tape, { x }) => gelu(tape, x!, { tanh: true }),
  },
  { op: "relu", tolerance: rounded, inputs: { x: [3, 50] }, build: (tape, { x }) => relu(tape, x!) },
  {
    op: "tanh",
    tolerance: saturating,
    inputs: { x: [129] },
    values: { x: wide(129, 3) },
    build: (tape, { x }) => tanh(tape, x!),
  },
  {
    op: "layerNorm",
    tolerance: functions,
    inputs: { x: [5, 19], scale: [19], bias: [19] },
    build: (tape, { x, scale, bias }) => layerNorm(tape, x!, scale!, bias!, 1e-5),
  },
  {
    op: "layerNorm",
    about: "far from zero",
    // A mean of 30 leaves a thirtieth of the digits.
    tolerance: functions,
    inputs: { x: [2, 3, 8], scale: [8], bias: [8] },
    values: { x: noise(48, 4).map((x) => Math.fround(30 + x)) },
    build: (tape, { x, scale, bias }) => layerNorm(tape, x!, scale!, bias!, 1e-12),
  },
  {
    op: "rmsNorm",
    tolerance: functions,
    inputs: { x: [5, 19], scale: [19] },
    build: (tape, { x, scale }) => rmsNorm(tape, x!, scale!, 1e-5),
  },
  {
    op: "rmsNorm",
    about: "many rows, with an epsilon that matters",
    tolerance: functions,
    inputs: { x: [2, 35, 3], scale: [3] },
    build: (tape, { x, scale }) => rmsNorm(tape, x!, scale!, 0.2),
  },
  {
    op: "siluGate",
    tolerance: functions,
    inputs: { gate: [5, 27], value: [5, 27] },
    values: { gate: wide(135, 7) },
    build: (tape, { gate, value }) => siluGate(tape, gate!, value!),
  },
  {
    op: "multiply",
    about: "one side transposed",
    tolerance: rounded,
    inputs: { x: [5, 27], y: [27, 5] },
    build: (tape, { x, y }) => multiply(tape, x!, tape.view(y!, { shape: [5, 27], strides: [1, 5] })),
  },
  {
    op: "multiply",
    about: "a tensor by itself",
    tolerance: rounded,
    inputs: { x: [70] },
    build: (tape, { x }) => multiply(tape, x!, x!),
  },
  {
    op: "scaled",
    about: "rows of a stack, transposed",
    tolerance: summed,
    inputs: { x: [3, 7, 5], by: [3, 5, 1] },
    build: (tape, { x, by }) => scaled(tape, tape.view(x!, { shape: [3, 5, 7], strides: [35, 1, 5] }), by!),
  },
  {
    op: "scaled",
    about: "columns",
    tolerance: summed,
    inputs: { x: [6, 5], by: [5] },
    constants: { add: { shape: [5], values: [1, -2, 0.5, 3, 0] } },
    build: (tape, { x, by, add: shift }) => scaled(tape, x!, by!, shift!),
  },
  {
    op: "scaled",
    about: "columns of a stack, by a column that lies as a row",
    tolerance: summed,
    inputs: { x: [2, 6, 5], by: [2, 5, 1] },
    build: (tape, { x, by }) => scaled(tape, x!, tape.view(by!, { shape: [2, 1, 5], strides: [5, 1, 1] })),
  },
  {
    op: "scaled",
    about: "element by element, one side transposed",
    tolerance: rounded,
    inputs: { x: [2, 6, 5], by: [2, 5, 6] },
    build: (tape, { x, by }) => scaled(tape, x!, tape.view(by!, { shape: [2, 6, 5], strides: [30, 1, 6] })),
  },
  { op: "spread", tolerance: summed, inputs: { x: [5, 7] }, build: (tape, { x }) => spread(tape, x!, 3) },
  {
    op: "contiguous",
    about: "a transposed view",
    tolerance: rounded,
    inputs: { x: [7, 11] },
    build: (tape, { x }) => contiguous(tape, tape.view(x!, { shape: [11, 7], strides: [1, 11] })),
  },
  {
    op: "gatherRows",
    about: "with repeats",
    tolerance: summed,
    inputs: { table: [9, 5] },
    constants: { ids: { shape: [2, 4], values: [3, 0, 3, 8, 8, 3, 1, 0] } },
    build: (tape, { table, ids }) => gatherRows(tape, table!, ids!),
  },
  {
    op: "embedTokens",
    about: "with places from the third on",
    tolerance: summed,
    inputs: { words: [9, 5], places: [7, 5] },
    constants: { ids: { shape: [2, 4], values: [3, 0, 3, 8, 8, 3, 1, 0] } },
    build: (tape, { words, places, ids }) =>
      embedTokens(tape, { table: words!, ids: ids! }, tape.view(places!, { shape: [4, 5], offset: 10 })),
  },
  {
    op: "embedTokens",
    about: "with kinds of segments",
    tolerance: summed,
    inputs: { words: [9, 5], places: [4, 5], types: [2, 5] },
    constants: {
      ids: { shape: [2, 4], values: [3, 0, 3, 8, 8, 3, 1, 0] },
      segments: { shape: [2, 4], values: [0, 1, 1, 0, 0, 0, 0, 1] },
    },
    build: (tape, { words, places, types, ids, segments }) =>
      embedTokens(tape, { table: words!, ids: ids! }, places!, { table: types!, ids: segments! }),
  },
  {
    op: "meanPool",
    tolerance: summed,
    inputs: { x: [3, 5, 7] },
    constants: { mask },
    build: (tape, { x, mask: seen }) => meanPool(tape, x!, seen!),
  },
  {
    op: "maxPool",
    tolerance: rounded,
    inputs: { x: [3, 5, 7] },
    constants: { mask },
    build: (tape, { x, mask: seen }) => maxPool(tape, x!, seen!),
  },
  {
    op: "lastToken",
    tolerance: rounded,
    inputs: { x: [3, 5, 7] },
    constants: { mask },
    build: (tape, { x, mask: seen }) => lastToken(tape, x!, seen!),
  },
  {
    op: "sideBySide",
    about: "one of them twice",
    tolerance: rounded,
    inputs: { x: [5, 7], y: [5, 7] },
    build: (tape, { x, y }) => sideBySide(tape, [x!, y!, x!]),
  },
  {
    op: "sideBySide",
    about: "stacks, one of them transposed",
    tolerance: rounded,
    inputs: { x: [3, 5, 7], y: [3, 7, 5] },
    build: (tape, { x, y }) => sideBySide(tape, [x!, transposed(tape, y!)]),
  },
  {
    op: "difference",
    about: "from what is stored otherwise",
    tolerance: rounded,
    inputs: { x: [3, 5, 7] },
    constants: { start: { shape: [3, 7, 5], values: [...noise(105, 4)] } },
    build: (tape, { x, start }) => difference(tape, x!, transposed(tape, start!)),
  },
  {
    op: "firstToken",
    about: "used twice",
    tolerance: rounded,
    inputs: { x: [3, 4, 6] },
    build: (tape, { x }) => add(tape, firstToken(tape, x!), firstToken(tape, x!)),
  },
  {
    op: "normalizeRows",
    tolerance: functions,
    inputs: { x: [6, 11] },
    build: (tape, { x }) => normalizeRows(tape, x!),
  },
  { op: "pairFeatures", tolerance: functions, inputs: { x: [8, 9] }, build: (tape, { x }) => pairFeatures(tape, x!) },
  {
    op: "crossEntropy",
    tolerance: functions,
    inputs: { logits: [7, 11] },
    values: { logits: wide(77, 5) },
    constants: { labels: { shape: [7], values: [0, 10, 3, 3, 9, 1, 5] } },
    build: (tape, { logits, labels }) => crossEntropy(tape, logits!, labels!),
  },
  {
    op: "squaredError",
    tolerance: rounded,
    inputs: { scores: [9, 1] },
    constants: { targets: { shape: [9], values: [0, 1, 2, 3, 4, 5, 4, 3, 2] } },
    build: (tape, { scores, targets }) => squaredError(tape, scores!, targets!),
  },
  {
    op: "meanSquaredError",
    tolerance: summed,
    inputs: { scores: [9, 1] },
    constants: {
      targets: { shape: [9], values: [0, 1, 2, 3, 4, 5, 4, 3, 2] },
      weights: { shape: [9], values: [1, 1, 0, 1, 2, 0, 0, 1, 1] },
    },
    build: (tape, { scores, targets, weights }) => meanSquaredError(tape, scores!, targets!, weights!).loss,
  },
  {
    op: "weightedMean",
    tolerance: summed,
    inputs: { values: [9] },
    constants: { weights: { shape: [9], values: [1, 1, 0, 1, 2, 0, 0, 1, 1] } },
    build: (tape, { values, weights }) => weightedMean(tape, values!, weights!),
  },
  {
    op: "weightedMean",
    about: "in two stages",
    tolerance: summed,
    inputs: { values: [9] },
    constants: { weights: { shape: [9], values: [1, 1, 0, 1, 2, 0, 0, 1, 1] } },
    build: (tape, { values, weights }) => weightedMean(tape, values!, weights!, { limit: 8 }),
  },
  {
    op: "dropout",
    tolerance: rounded,
    inputs: { x: [3, 23] },
    constants: { stepScalars },
    build: (tape, { x, stepScalars: now }) => dropout(tape, x!, now!, { probability: 0.3, stream: 9 }),
  },
];
