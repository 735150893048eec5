import { matmul } from "../../ops/matmul.ts";
import type { Tape } from "../../ops/tape.ts";
import type { Tensor } from "../../ops/tensor.ts";
import { orthonormalFactor } from "../initialisers/roles.ts";
import type { LayerShape } from "../layer.ts";
import type { SettingsOf } from "../method.ts";
import { type Adapter, type ByName, matrixOf } from "./adapter.ts";
import statement from "./factorised.py?raw";
import type { depth, initScale } from "./fields.ts";
import { matrix, product } from "./plain.ts";
import { transposed } from "./transposed.ts";

/** Deep LoRA of any inner width: ΔW = W_L … W_1, every factor ε times a random (semi-)orthogonal matrix. */
export function factorised<const F extends { readonly depth: typeof depth; readonly initScale: typeof initScale }>({
  width,
  ...described
}: {
  label: string;
  fields: F;
  equation: string;
  learningRate: number;
  width: (shape: LayerShape, settings: SettingsOf<F>) => number;
}): Adapter<F> {
  return {
    ...described,
    source: "Yaras et al. 2024, arXiv:2406.04112",
    group: "Deep factors",
    trains: "updates",
    tags: ["deep-lora"],
    parameters(shape, settings) {
      const inner = width(shape, settings);
      const { depth } = settings;
      return Object.fromEntries(
        names(depth).map((name, index) => [
          name,
          { shape: [index === depth - 1 ? shape.outFeatures : inner, index === 0 ? shape.inFeatures : inner], rate: 1 },
        ]),
      );
    },
    initial({ shape, stream }, settings) {
      const specs = Object.entries(this.parameters(shape, settings));
      return Object.fromEntries(
        specs.map(([name, spec]) => [
          name,
          orthonormalFactor.matrix(matrixOf(spec), stream, {}).map((value) => settings.initScale * value),
        ]),
      );
    },
    initialNorm: ({ initScale, depth }) => initScale ** depth,
    apply(tape, factors, { depth }) {
      const { first, last, middle } = parts(tape, factors, depth);
      return {
        kind: "pair",
        up: middle ? matmul(tape, last, middle, { strides: last.strides }) : last,
        down: transposed(tape, first),
        scale: 1,
        ...(middle && { thin: { left: last, core: middle, right: transposed(tape, first) } }),
      };
    },
    delta(factors, settings, shape) {
      const specs = this.parameters(shape, settings);
      const [last, ...before] = names(settings.depth)
        .reverse()
        .map((name) => matrix(factors[name]!, ...matrixOf(specs[name]!)));
      return product(last!, ...before).values;
    },
    python: statement,
    peft: "pair",
  };
}

/** W1 is next to the input. */
function names(depth: number): string[] {
  return Array.from({ length: depth }, (_, index) => `W${index + 1}`);
}

/** The outer factors and the product of those between them, if there are any. */
function parts(tape: Tape, factors: ByName<Tensor>, depth: number): { first: Tensor; last: Tensor; middle?: Tensor } {
  const all = names(depth).map((name) => factors[name]!);
  const between = all.slice(1, -1);
  if (between.length === 0) return { first: all[0]!, last: all.at(-1)! };
  const middle = between.reduce((product, factor) => matmul(tape, factor, product, { strides: factor.strides }));
  return { first: all[0]!, last: all.at(-1)!, middle };
}
