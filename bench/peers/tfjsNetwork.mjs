// The network of workload/network.ts in TensorFlow.js.
import * as tf from "@tensorflow/tfjs";

/** @returns the loss of ids and targets [rows, length]. */
export function lossOf(config, frozen, factors) {
  const { blocks, width, heads, length, rows, vocabulary, rank, alpha, depth, normEpsilon } = config;
  const headWidth = width / heads;
  const tokens = rows * length;
  const mask = causalMask(length);

  const norm = (x, name) => {
    const { mean, variance } = tf.moments(x, -1, true);
    const normed = x.sub(mean).mul(tf.rsqrt(variance.add(normEpsilon)));
    return normed.mul(frozen[`${name}.g`]).add(frozen[`${name}.b`]);
  };
  const dense = (x, name) => {
    const plain = tf.matMul(x, frozen[`${name}.W`]).add(frozen[`${name}.bias`]);
    let narrow = tf.matMul(x, factors[`${name}.A`]);
    if (depth === 3) narrow = tf.matMul(narrow, factors[`${name}.M`]);
    return plain.add(tf.matMul(narrow, factors[`${name}.B`]).mul(alpha / rank));
  };
  const gelu = (x) => {
    const cubic = x.add(x.mul(x).mul(x).mul(0.044715));
    return x.mul(0.5).mul(tf.tanh(cubic.mul(Math.sqrt(2 / Math.PI))).add(1));
  };
  const inHeads = (x) => tf.transpose(tf.reshape(x, [rows, length, heads, headWidth]), [0, 2, 1, 3]);

  return (ids, targets) => {
    let x = tf.gather(frozen.tok, ids).add(frozen.pos).reshape([tokens, width]);
    for (let block = 0; block < blocks; block++) {
      const name = (part) => `l${block}.${part}`;
      const normed = norm(x, name("ln1"));
      const [query, key, value] = ["q", "k", "v"].map((part) => inHeads(dense(normed, name(part))));
      const scores = tf.matMul(query, key, false, true).mul(1 / Math.sqrt(headWidth));
      const mixed = tf.matMul(tf.softmax(scores.add(mask)), value);
      const attended = tf.reshape(tf.transpose(mixed, [0, 2, 1, 3]), [tokens, width]);
      x = x.add(dense(attended, name("o")));
      x = x.add(dense(gelu(dense(norm(x, name("ln2")), name("fc1"))), name("fc2")));
    }
    const logits = tf.matMul(norm(x, "lnf"), frozen.tok, false, true);
    const chosen = tf.oneHot(targets.reshape([tokens]), vocabulary);
    return tf
      .logSoftmax(logits)
      .mul(chosen)
      .sum()
      .mul(-1 / tokens);
  };
}

/** [length, length]: what is added to scores so that no token sees a later one. */
function causalMask(length) {
  const values = new Float32Array(length * length);
  for (let query = 0; query < length; query++) values.fill(-1e9, query * length + query + 1, (query + 1) * length);
  return tf.tensor(values, [length, length]);
}
