import {
  attentionDotKernel,
  attentionForwardKernel,
  attentionKeyBackwardKernel,
  attentionQueryBackwardKernel,
  WIDEST_HEAD,
} from "../kernels/attention.ts";
import type { AttentionInputs } from "./attentionInputs.ts";
import { rowMajorOf } from "./layout.ts";
import type { Tape } from "./tape.ts";
import { bindable, type Tensor } from "./tensor.ts";

/** Whether there is a fused form of it: heads are not too wide, and nothing is added to the scores. */
export function canFuse({ query, bias }: AttentionInputs): boolean {
  return bias === undefined && query.shape[3]! <= WIDEST_HEAD;
}

/**
 * What `attention` computes, in one kernel that never has the scores in memory: a tile of keys at a time, with sums that
 * shrink where a larger score comes (FlashAttention: Dao et al., 2022, arXiv:2205.14135). Gradients compute the shares
 * once more, from each query's logsumexp (algorithm 4), one kernel over queries and one over keys, so that every sum has
 * one order (FlashAttention-2: Dao, 2023, arXiv:2307.08691, has them in one, with atomics).
 *
 * @param inputs as `attention` has checked them, and as `canFuse` wants them.
 * @returns [rows, queries, heads · headWidth], row-major.
 */
export function fusedAttention(tape: Tape, inputs: AttentionInputs): Tensor {
  const { query, key, value, mask, causal, scale } = inputs;
  const [rows, heads, queries, width] = query.shape as [number, number, number, number];
  const [, keyHeads, keys] = key.shape as [number, number, number];
  const places = [operand("query", query), operand("key", key), operand("value", value)];
  const given = Object.fromEntries(places.map(({ name, tensor }) => [name, tensor]));
  const params = Object.assign(
    { rows, heads, groups: heads / keyHeads, queries, keys, width, scale },
    ...places.map((place) => place.params),
  );
  const flags = { causal };

  const out = tape.tensor(`attention of ${query.name}`, [rows, queries, heads * width]);
  const logsumexp = tape.tensor(`logsumexp of ${query.name}`, [rows, heads, queries]);
  tape.dispatch(attentionForwardKernel, { tensors: { ...given, mask, out, logsumexp }, params, flags });

  /** The tensors that both gradients read, made by whichever comes first. */
  const passed = once((grad: Tensor) => {
    const dOut = rowMajorOf(tape, grad);
    const sums = tape.tensor(`sums of ${query.name}`, [rows, heads, queries, 2]);
    tape.dispatch(attentionDotKernel, {
      tensors: { logsumexp, out, dOut, sums },
      params: { rows, heads, queries, width },
    });
    return { ...given, mask, dOut, sums };
  });
  const dKeyValue = once((grad: Tensor) => {
    const [dKey, dValue] = [gradientOf(tape, key), gradientOf(tape, value)];
    tape.dispatch(attentionKeyBackwardKernel, { tensors: { ...passed(grad), dKey, dValue }, params, flags });
    return { dKey, dValue };
  });
  tape.record(out, [
    [
      query,
      (grad) => {
        const dQuery = gradientOf(tape, query);
        tape.dispatch(attentionQueryBackwardKernel, { tensors: { ...passed(grad), dQuery }, params, flags });
        return dQuery;
      },
    ],
    [key, (grad) => dKeyValue(grad).dKey],
    [value, (grad) => dKeyValue(grad).dValue],
  ]);
  return out;
}

/** A function that is called with one gradient, however often, and works once. */
function once<T>(make: (grad: Tensor) => T): (grad: Tensor) => T {
  let made: T | undefined;
  return (grad) => {
    made ??= make(grad);
    return made;
  };
}

function gradientOf(tape: Tape, { name, shape, strides }: Tensor): Tensor {
  return tape.tensor(`d ${name}`, shape, strides);
}

/** How an operand is bound, and the parameters that place it. */
function operand(name: string, tensor: Tensor) {
  const bound = bindable(tensor);
  const [row, head, token, feature] = tensor.strides as [number, number, number, number];
  return {
    name,
    tensor: bound.tensor,
    params: {
      [`${name}Offset`]: bound.offset,
      [`${name}Row`]: row,
      [`${name}Head`]: head,
      [`${name}Token`]: token,
      [`${name}Feature`]: feature,
    },
  };
}
