import flatIndex from "../../../shaders/lib/flat_index.wgsl?raw";
import source from "../../../shaders/pair_features.wgsl?raw";
import backwardSource from "../../../shaders/pair_features_backward.wgsl?raw";
import { defineKernel } from "./kernel.ts";

/** [u ⊙ v, |u − v|, cos(u, v)] of the two vectors of each pair, which lie `pairs` rows apart. */
export const pairFeaturesKernel = defineKernel({
  name: "pair_features",
  reads: ["embeddings"],
  writes: ["features"],
  params: { pairs: "u32", width: "u32" },
  variants: [{ entry: "pair_features", source: source + flatIndex, invocations: ({ pairs }) => pairs }],
  simd: ({ pairs }) => [{ entry: "pairFeatures", units: pairs }],

  reference({ embeddings, features }, { pairs, width }) {
    for (let pair = 0; pair < pairs; pair++) {
      const u = embeddings.subarray(pair * width, (pair + 1) * width);
      const v = embeddings.subarray((pairs + pair) * width, (pairs + pair + 1) * width);
      const out = features.subarray(pair * (2 * width + 1), (pair + 1) * (2 * width + 1));
      let [uu, vv, uv] = [0, 0, 0];
      for (let i = 0; i < width; i++) {
        out[i] = u[i]! * v[i]!;
        out[width + i] = Math.abs(u[i]! - v[i]!);
        uu += u[i]! ** 2;
        vv += v[i]! ** 2;
        uv += u[i]! * v[i]!;
      }
      const norms = Math.sqrt(uu) * Math.sqrt(vv);
      out[2 * width] = norms === 0 ? 0 : uv / norms;
    }
  },
});

/** Its gradient with respect to both vectors. */
export const pairFeaturesBackwardKernel = defineKernel({
  name: "pair_features_backward",
  reads: ["embeddings", "dFeatures"],
  writes: ["dEmbeddings"],
  params: { pairs: "u32", width: "u32" },
  variants: [
    { entry: "pair_features_backward", source: backwardSource + flatIndex, invocations: ({ pairs }) => pairs },
  ],
  simd: ({ pairs }) => [{ entry: "pairFeaturesBackward", units: pairs }],

  reference({ embeddings, dFeatures, dEmbeddings }, { pairs, width }) {
    for (let pair = 0; pair < pairs; pair++) {
      const u = embeddings.subarray(pair * width, (pair + 1) * width);
      const v = embeddings.subarray((pairs + pair) * width, (pairs + pair + 1) * width);
      const gradient = dFeatures.subarray(pair * (2 * width + 1), (pair + 1) * (2 * width + 1));
      let [uu, vv, uv] = [0, 0, 0];
      for (let i = 0; i < width; i++) {
        uu += u[i]! ** 2;
        vv += v[i]! ** 2;
        uv += u[i]! * v[i]!;
      }
      const norms = Math.sqrt(uu) * Math.sqrt(vv);
      const towards = (own: number, other: number, square: number) =>
        norms === 0 ? 0 : gradient[2 * width]! * (other / norms - (uv / norms) * (own / square));
      for (let i = 0; i < width; i++) {
        const product = gradient[i]!;
        const distance = gradient[width + i]! * Math.sign(u[i]! - v[i]!);
        dEmbeddings[pair * width + i] = product * v[i]! + distance + towards(u[i]!, v[i]!, uu);
        dEmbeddings[(pairs + pair) * width + i] = product * u[i]! - distance + towards(v[i]!, u[i]!, vv);
      }
    }
  },
});
