import type { Adapter, ChosenAdapter } from "../methods/adapters/adapter.ts";
import { lora } from "../methods/adapters/lora.ts";
import { narrowDeepLora } from "../methods/adapters/narrowDeepLora.ts";
import { activate, attend, norm, positions, tokenScores } from "../model/blocks.ts";
import {
  type Batch,
  denseLayer,
  type Forward,
  type LayerKind,
  layerTensors,
  normTensors,
  type Transformer,
  tensorOf,
} from "../model/transformer.ts";
import { add } from "../ops/add.ts";
import { embedTokens } from "../ops/embedTokens.ts";
import { meanPool } from "../ops/meanPool.ts";
import type { Tensor } from "../ops/tensor.ts";
import { denseLayers, type NetworkConfig } from "./workload/network.ts";

const kinds: Readonly<Record<ReturnType<typeof denseLayers>[number][0], LayerKind>> = {
  q: "query",
  k: "key",
  v: "value",
  o: "output",
  fc1: "up",
  fc2: "down",
};

/** The network of `workload/network.ts`, of the same parts that the product's models are made of. */
export function benchTransformer(config: NetworkConfig): Transformer {
  const { width, heads, length, vocabulary, normEpsilon } = config;
  const blocks = Array.from({ length: config.blocks }, (_, block) => {
    const at = `l${block}`;
    const dense = denseLayers(config).map(([name, from, to]) =>
      denseLayer(`${at}.${name}`, `${at}.${name}`, from, to, kinds[name], true),
    );
    const [q, k, v, o, fc1, fc2] = dense;
    return { at, dense, q: q!, k: k!, v: v!, o: o!, fc1: fc1!, fc2: fc2! };
  });
  const layers = blocks.flatMap(({ dense }) => dense);

  const states = (forward: Forward, batch: Batch): Tensor[] => {
    const { tape, weights, linear } = forward;
    const places = positions(tape, tensorOf(weights, "pos"), batch.ids.shape[1]!);
    const all = [embedTokens(tape, { table: tensorOf(weights, "tok"), ids: batch.ids }, places)];
    for (const { at, q, k, v, o, fc1, fc2 } of blocks) {
      const x = all.at(-1)!;
      const normed = norm(forward, `${at}.ln1`, x, normEpsilon);
      const part = (layer: typeof q) => ({ from: linear(layer, normed), offset: 0 });
      const parts = { query: part(q), key: part(k), value: part(v) };
      const attended = attend(tape, batch, parts, { width, heads, causal: true });
      const middle = add(tape, linear(o, attended), x);
      const inner = activate(tape, "gelu-tanh", linear(fc1, norm(forward, `${at}.ln2`, middle, normEpsilon)));
      all.push(add(tape, linear(fc2, inner), middle));
    }
    return [...all.slice(0, -1), norm(forward, "lnf", all.at(-1)!, normEpsilon)];
  };
  const hidden = (forward: Forward, batch: Batch): Tensor => states(forward, batch).at(-1)!;

  return {
    family: "gpt2",
    width,
    sentenceWidth: width,
    maxLength: length,
    vocabularySize: vocabulary,
    layers,
    tensors: [
      { name: "tok", shape: [vocabulary, width] },
      { name: "pos", shape: [length, width] },
      ...["lnf", ...blocks.flatMap(({ at }) => [`${at}.ln1`, `${at}.ln2`])].flatMap((name) => normTensors(name, width)),
      ...layers.flatMap(layerTensors),
    ],
    poolsSentences: false,
    states,
    hidden,
    sentence: (forward, batch) => meanPool(forward.tape, hidden(forward, batch), batch.mask),
    logits: (forward, x) => tokenScores(forward, x, "tok"),
  };
}

/** The update of the peers in the product's adapters; only the third factor's scale is not one that it offers. */
export function benchAdapter({ depth }: NetworkConfig): Adapter {
  if (depth === 2) return lora;
  const deep: Adapter = narrowDeepLora;
  return {
    ...deep,
    apply(tape, factors, settings, base) {
      const change = deep.apply(tape, factors, settings, base);
      return { ...change, scale: Number(settings.alpha) / Number(settings.rank) };
    },
  };
}

export function benchSettings(config: NetworkConfig): ChosenAdapter["settings"] {
  const { rank, depth, alpha } = config;
  const usual = Object.entries(benchAdapter(config).fields).map(([name, { initial }]) => [name, initial] as const);
  return { ...Object.fromEntries(usual), rank, depth, alpha, initScale: 1, gamma: 1, scaling: "rank", loraPlus: 1 };
}
