import dotSource from "../../../shaders/attention_dot.wgsl?raw";
import forwardSource from "../../../shaders/attention_forward.wgsl?raw";
import forwardTiledSource from "../../../shaders/attention_forward_tiled.wgsl?raw";
import keyBackwardSource from "../../../shaders/attention_key_backward.wgsl?raw";
import keyBackwardTiledSource from "../../../shaders/attention_key_backward_tiled.wgsl?raw";
import queryBackwardSource from "../../../shaders/attention_query_backward.wgsl?raw";
import queryBackwardTiledSource from "../../../shaders/attention_query_backward_tiled.wgsl?raw";
import fours from "../../../shaders/lib/attention_fours.wgsl?raw";
import gradientFours from "../../../shaders/lib/attention_gradient_fours.wgsl?raw";
import gradientTiles from "../../../shaders/lib/attention_gradient_tiles.wgsl?raw";
import gradients from "../../../shaders/lib/attention_gradients.wgsl?raw";
import operands from "../../../shaders/lib/attention_operands.wgsl?raw";
import tiles from "../../../shaders/lib/attention_tiles.wgsl?raw";
import flatIndex from "../../../shaders/lib/flat_index.wgsl?raw";
import outer from "../../../shaders/lib/outer.wgsl?raw";
import { defineKernel, type Grid, type Numbers, placements, shaderConstant } from "./kernel.ts";

/** The widest head that the shaders have room for. */
export const WIDEST_HEAD = shaderConstant(operands, "WIDEST");

const TILE = shaderConstant(tiles, "TILE");
const OWN = shaderConstant(fours, "OWN");

const params = {
  rows: "u32",
  heads: "u32",
  groups: "u32",
  queries: "u32",
  keys: "u32",
  width: "u32",
  ...placements(["query", "key", "value"], ["Offset", "Row", "Head", "Token", "Feature"]),
  scale: "f32",
} as const;

type Params = { readonly [K in keyof typeof params]: number };

const queryParts = (p: Params) => p.rows * p.heads * Math.ceil(p.queries / OWN);
const queryTiles = (p: Params): Grid => [Math.ceil(p.queries / TILE), p.heads, p.rows];
const keyParts = (p: Params) => p.rows * (p.heads / p.groups) * Math.ceil(p.keys / OWN);
const keyTiles = (p: Params): Grid => [Math.ceil(p.keys / TILE), p.heads / p.groups, p.rows];

/**
 * Attention of every head without its scores in memory: the mixed values, and of each query the logarithm of the sum of
 * its scores' exponentials, from which gradients compute the shares once more.
 */
export const attentionForwardKernel = defineKernel({
  name: "attention_forward",
  reads: ["query", "key", "value", "mask"],
  writes: ["out", "logsumexp"],
  precise: ["logsumexp"],
  params,
  flags: ["causal"],
  variants: [
    {
      entry: "attention_forward_tiled",
      source: forwardTiledSource + operands + tiles + outer,
      workgroups: queryTiles,
      suits: ({ kind }) => kind === "hardware",
    },
    {
      entry: "attention_forward",
      source: forwardSource + operands + fours + outer + flatIndex,
      invocations: queryParts,
    },
  ],

  reference({ query, key, value, mask, out, logsumexp }, p, { causal }) {
    forEachQuery(p, (at) => {
      const scores = scoresOf({ query, key, mask }, p, causal, at);
      const largest = Math.max(...scores);
      const sum = scores.reduce((total, score) => total + exponential(score, largest), 0);
      logsumexp[at.line] = sum > 0 ? largest + Math.log(sum) : 0;
      for (let feature = 0; feature < p.width; feature++) {
        let mixed = 0;
        scores.forEach((score, token) => {
          mixed += exponential(score, largest) * value[at.value + token * p.valueToken + feature * p.valueFeature]!;
        });
        out[at.mixed + feature] = sum > 0 ? mixed / sum : 0;
      }
    });
  },
});

/** What both gradients need of every query: its logsumexp, and the product of its result with the result's gradient. */
export const attentionDotKernel = defineKernel({
  name: "attention_dot",
  reads: ["logsumexp", "out", "dOut"],
  writes: ["sums"],
  params: { rows: "u32", heads: "u32", queries: "u32", width: "u32" },
  variants: [
    {
      entry: "attention_dot",
      source: dotSource + flatIndex,
      invocations: ({ rows, heads, queries }) => rows * heads * queries,
    },
  ],

  reference({ logsumexp, out, dOut, sums }, { rows, heads, queries, width }) {
    for (let row = 0; row < rows; row++) {
      for (let head = 0; head < heads; head++) {
        for (let query = 0; query < queries; query++) {
          const line = (row * heads + head) * queries + query;
          const first = ((row * queries + query) * heads + head) * width;
          let dot = 0;
          for (let at = first; at < first + width; at++) dot += out[at]! * dOut[at]!;
          sums[2 * line] = logsumexp[line]!;
          sums[2 * line + 1] = dot;
        }
      }
    }
  },
});

const backwardReads = ["query", "key", "value", "mask", "dOut", "sums"] as const;

/** The gradient of the queries, laid out as they are. */
export const attentionQueryBackwardKernel = defineKernel({
  name: "attention_query_backward",
  reads: backwardReads,
  writes: ["dQuery"],
  params,
  flags: ["causal"],
  variants: [
    {
      entry: "attention_query_backward_tiled",
      source: queryBackwardTiledSource + operands + gradients + tiles + gradientTiles + outer,
      workgroups: queryTiles,
      suits: ({ kind }) => kind === "hardware",
    },
    {
      entry: "attention_query_backward",
      source: queryBackwardSource + operands + gradients + fours + gradientFours + outer + flatIndex,
      invocations: queryParts,
    },
  ],

  reference({ dQuery, ...given }, p, { causal }) {
    forEachQuery(p, (at) => {
      const passed = passedBack(given, p, causal, at);
      for (let feature = 0; feature < p.width; feature++) {
        let sum = 0;
        passed.forEach(({ dScore }, token) => {
          sum += dScore * given.key[at.key + token * p.keyToken + feature * p.keyFeature]!;
        });
        dQuery[at.query - p.queryOffset + feature * p.queryFeature] = p.scale * sum;
      }
    });
  },
});

/** The gradients of keys and values, laid out as they are; query heads that share them are summed over. */
export const attentionKeyBackwardKernel = defineKernel({
  name: "attention_key_backward",
  reads: backwardReads,
  writes: ["dKey", "dValue"],
  params,
  flags: ["causal"],
  variants: [
    {
      entry: "attention_key_backward_tiled",
      source: keyBackwardTiledSource + operands + gradients + tiles + gradientTiles + outer,
      workgroups: keyTiles,
      suits: ({ kind }) => kind === "hardware",
    },
    {
      entry: "attention_key_backward",
      source: keyBackwardSource + operands + gradients + fours + gradientFours + outer + flatIndex,
      invocations: keyParts,
    },
  ],

  reference({ dKey, dValue, ...given }, p, { causal }) {
    forEachQuery(p, (at) => {
      passedBack(given, p, causal, at).forEach(({ share, dScore }, token) => {
        for (let feature = 0; feature < p.width; feature++) {
          const keyAt = at.key - p.keyOffset + token * p.keyToken + feature * p.keyFeature;
          const valueAt = at.value - p.valueOffset + token * p.valueToken + feature * p.valueFeature;
          const dKeyPart = p.scale * dScore * given.query[at.query + feature * p.queryFeature]!;
          const dValuePart = share * given.dOut[at.mixed + feature]!;
          dKey[keyAt] = at.isFirst ? dKeyPart : dKey[keyAt]! + dKeyPart;
          dValue[valueAt] = at.isFirst ? dValuePart : dValue[valueAt]! + dValuePart;
        }
      });
    });
  },
});

/** Where a query of a head lies in every operand; see `Head` in the shaders. */
interface QueryPlace {
  readonly row: number;
  /** Its position. */
  readonly token: number;
  readonly query: number;
  readonly key: number;
  readonly value: number;
  readonly mixed: number;
  readonly line: number;
  /** Whether no other query of those that share its keys comes before it. */
  readonly isFirst: boolean;
}

function forEachQuery(p: Params, visit: (at: QueryPlace) => void): void {
  for (let row = 0; row < p.rows; row++) {
    for (let head = 0; head < p.heads; head++) {
      const shared = Math.floor(head / p.groups);
      for (let token = 0; token < p.queries; token++) {
        visit({
          row,
          token,
          query: p.queryOffset + row * p.queryRow + head * p.queryHead + token * p.queryToken,
          key: p.keyOffset + row * p.keyRow + shared * p.keyHead,
          value: p.valueOffset + row * p.valueRow + shared * p.valueHead,
          mixed: ((row * p.queries + token) * p.heads + head) * p.width,
          line: (row * p.heads + head) * p.queries + token,
          isFirst: head % p.groups === 0 && token === 0,
        });
      }
    }
  }
}

type Given = Readonly<Record<"query" | "key" | "mask", Numbers>>;

/** The scores of a query, −∞ where it does not see the key. */
function scoresOf({ query, key, mask }: Given, p: Params, causal: boolean, at: QueryPlace): number[] {
  return Array.from({ length: p.keys }, (_, token) => {
    if (mask[at.row * p.keys + token] === 0 || (causal && token > at.token)) return Number.NEGATIVE_INFINITY;
    let product = 0;
    for (let feature = 0; feature < p.width; feature++) {
      product +=
        query[at.query + feature * p.queryFeature]! * key[at.key + token * p.keyToken + feature * p.keyFeature]!;
    }
    return p.scale * product;
  });
}

/** 0 for −∞, whatever the level. */
function exponential(score: number, level: number): number {
  return score === Number.NEGATIVE_INFINITY ? 0 : Math.exp(score - level);
}

/** What a query has taken of each key, and the gradients of its scores. */
function passedBack(
  given: Given & Readonly<Record<"value" | "dOut" | "sums", Numbers>>,
  p: Params,
  causal: boolean,
  at: QueryPlace,
): { readonly share: number; readonly dScore: number }[] {
  const { value, dOut, sums } = given;
  return scoresOf(given, p, causal, at).map((score, token) => {
    const share = exponential(score, sums[2 * at.line]!);
    let dShare = 0;
    for (let feature = 0; feature < p.width; feature++) {
      dShare += dOut[at.mixed + feature]! * value[at.value + token * p.valueToken + feature * p.valueFeature]!;
    }
    return { share, dScore: share * (dShare - sums[2 * at.line + 1]!) };
  });
}
