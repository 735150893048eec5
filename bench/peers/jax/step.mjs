// The training step in jax-js: gradient and AdamW in one jit, which its compiler fuses as it sees fit. Arrays are used up
// by the operation that takes them unless handed over by `.ref`.
import { jit, nn, numpy as np, tree, valueAndGrad } from "@jax-js/jax";

export function trainingStep(config) {
  const { learningRate, beta1, beta2, epsilon, weightDecay } = config;
  const lossAndGradient = valueAndGrad(lossOf(config));
  return jit((factors, first, second, frozen, ids, targets, corrections) => {
    const [loss, gradients] = lossAndGradient(tree.ref(factors), frozen, ids, targets);
    const firstCorrection = corrections.ref.slice(0);
    const secondCorrection = corrections.slice(1);
    const updated = { factors: {}, first: {}, second: {} };
    for (const name of Object.keys(factors)) {
      const gradient = gradients[name];
      const m = first[name].mul(beta1).add(gradient.ref.mul(1 - beta1));
      const v = second[name].mul(beta2).add(gradient.ref.mul(gradient).mul(1 - beta2));
      const change = m.ref.mul(firstCorrection.ref).div(np.sqrt(v.ref.mul(secondCorrection.ref)).add(epsilon));
      updated.factors[name] = factors[name].ref.mul(1 - learningRate * weightDecay).sub(change.mul(learningRate));
      factors[name].dispose();
      updated.first[name] = m;
      updated.second[name] = v;
    }
    firstCorrection.dispose();
    secondCorrection.dispose();
    return [loss, updated.factors, updated.first, updated.second];
  });
}

function lossOf(config) {
  const { blocks, width, heads, length, rows, vocabulary, rank, alpha, depth } = config;
  const headWidth = width / heads;
  const tokens = rows * length;

  return (factors, frozen, ids, targets) => {
    const norm = (x, name) => {
      const centred = x.ref.sub(np.mean(x, -1, { keepdims: true }));
      const variance = np.mean(centred.ref.mul(centred.ref), -1, { keepdims: true });
      const deviation = np.sqrt(variance.add(config.normEpsilon));
      return centred.mul(np.reciprocal(deviation)).mul(frozen[`${name}.g`].ref).add(frozen[`${name}.b`].ref);
    };
    const dense = (x, name) => {
      const plain = np.matmul(x.ref, frozen[`${name}.W`].ref).add(frozen[`${name}.bias`].ref);
      let narrow = np.matmul(x, factors[`${name}.A`].ref);
      if (depth === 3) narrow = np.matmul(narrow, factors[`${name}.M`].ref);
      return plain.add(np.matmul(narrow, factors[`${name}.B`].ref).mul(alpha / rank));
    };
    const gelu = (x) => {
      const cubic = x.ref.add(x.ref.mul(x.ref).mul(x.ref).mul(0.044715));
      return x.mul(0.5).mul(np.tanh(cubic.mul(Math.sqrt(2 / Math.PI))).add(1));
    };
    const flat = (x) => x.reshape([tokens, width]);
    const inRows = (x) => x.reshape([rows, length, width]);
    const inHeads = (x) => x.reshape([rows, length, heads, headWidth]);

    let x = np.take(frozen.tok.ref, ids, 0).add(frozen.pos.ref);
    for (let block = 0; block < blocks; block++) {
      const name = (part) => `l${block}.${part}`;
      const normed = flat(norm(x.ref, name("ln1")));
      const query = inHeads(dense(normed.ref, name("q")));
      const key = inHeads(dense(normed.ref, name("k")));
      const value = inHeads(dense(normed, name("v")));
      const attended = flat(nn.dotProductAttention(query, key, value, { isCausal: true }));
      x = x.add(inRows(dense(attended, name("o"))));
      const inner = gelu(dense(flat(norm(x.ref, name("ln2"))), name("fc1")));
      x = x.add(inRows(dense(inner, name("fc2"))));
    }
    const logits = np.matmul(flat(norm(x, "lnf")), np.matrixTranspose(frozen.tok.ref));
    const chosen = nn.oneHot(targets.reshape([tokens]), vocabulary);
    const loss = nn
      .logSoftmax(logits, -1)
      .mul(chosen)
      .sum()
      .mul(-1 / tokens);
    tree.dispose(factors);
    tree.dispose(frozen);
    return loss;
  };
}
