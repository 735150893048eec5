/** Linear correlation; 0 where one side is constant, since it then says nothing. */
export function pearson(a: readonly number[], b: readonly number[]): number {
  const [meanA, meanB] = [mean(a), mean(b)];
  let [covariance, varianceA, varianceB] = [0, 0, 0];
  a.forEach((x, i) => {
    covariance += (x - meanA) * (b[i]! - meanB);
    varianceA += (x - meanA) ** 2;
    varianceB += (b[i]! - meanB) ** 2;
  });
  const scale = Math.sqrt(varianceA * varianceB);
  return scale === 0 ? 0 : covariance / scale;
}

/** Correlation of ranks, equal values sharing their mean rank; 0 where one side is constant. */
export function spearman(a: readonly number[], b: readonly number[]): number {
  return pearson(ranks(a), ranks(b));
}

export function accuracy(predicted: readonly number[], labels: readonly number[]): number {
  return labels.length === 0 ? 0 : labels.filter((label, i) => label === predicted[i]).length / labels.length;
}

/** Mean over classes of the harmonic mean of precision and recall; a class that never occurs either way counts as 0. */
export function macroF1(predicted: readonly number[], labels: readonly number[], classes: number): number {
  const scores = Array.from({ length: classes }, (_, own) => {
    const hits = labels.filter((label, i) => label === own && predicted[i] === own).length;
    const claimed = predicted.filter((each) => each === own).length;
    const present = labels.filter((each) => each === own).length;
    return claimed + present === 0 ? 0 : (2 * hits) / (claimed + present);
  });
  return mean(scores);
}

/** exp of the mean negative log-likelihood per token, in nats. */
export function perplexity(meanLoss: number): number {
  return Math.exp(meanLoss);
}

/**
 * How often the likeliest token, given the right ones before it, is the right one: per token and for all of a text. A
 * text of which all are right is what greedy decoding writes, since that then has the right tokens before it too.
 *
 * @param texts `weights` says which tokens count; all do when absent.
 */
export function matches(
  texts: readonly {
    readonly predicted: readonly number[];
    readonly expected: readonly number[];
    readonly weights?: readonly number[] | undefined;
  }[],
): { tokenAccuracy: number; exactMatch: number } {
  const hits = texts.map(({ predicted, expected, weights }) =>
    expected.flatMap((token, at) => (weights?.[at] === 0 ? [] : [predicted[at] === token])),
  );
  return {
    tokenAccuracy: mean(hits.flat().map(Number)),
    exactMatch: mean(hits.map((own) => Number(own.every(Boolean)))),
  };
}

/** The position of the largest value; the first of several. */
export function argmax(values: ArrayLike<number>): number {
  let best = 0;
  for (let i = 1; i < values.length; i++) if (values[i]! > values[best]!) best = i;
  return best;
}

export function softmax(values: ArrayLike<number>): number[] {
  const largest = Math.max(...Array.from(values));
  const weights = Array.from(values, (value) => Math.exp(value - largest));
  const sum = weights.reduce((total, weight) => total + weight, 0);
  return weights.map((weight) => weight / sum);
}

function ranks(values: readonly number[]): number[] {
  const order = values.map((_, i) => i).sort((i, j) => values[i]! - values[j]!);
  const out = new Array<number>(values.length);
  for (let from = 0; from < order.length; ) {
    let to = from;
    while (to + 1 < order.length && values[order[to + 1]!] === values[order[from]!]) to++;
    for (let at = from; at <= to; at++) out[order[at]!] = (from + to) / 2 + 1;
    from = to + 1;
  }
  return out;
}

function mean(values: readonly number[]): number {
  return values.length === 0 ? 0 : values.reduce((sum, value) => sum + value, 0) / values.length;
}
