import { choice, number } from "../../field.ts";
import { difference } from "../../ops/difference.ts";
import { sideBySide } from "../../ops/sideBySide.ts";
import { defaults } from "../defaults.ts";
import { pairStarts } from "../initialisers/index.ts";
import { type Initialiser, rankProblems, startingPair } from "../initialisers/initialiser.ts";
import { fieldsWhereChosen, optionsOf, type SettingsOf } from "../method.ts";
import type { Adapter } from "./adapter.ts";
import { alpha, rank, scaleOf, scaling } from "./fields.ts";
import statement from "./lora.py?raw";
import { loraForm, lowRank } from "./lowRank.ts";
import { matrix, product } from "./plain.ts";
import { transposed } from "./transposed.ts";

const fields = {
  rank,
  alpha,
  scaling,
  loraPlus: {
    ...number(
      "LoRA+ λ",
      1,
      { min: 0.01, max: 100 },
      "Learning rate of B as a multiple of A's; LoRA+ takes about 16 (Hayou et al. 2024, arXiv:2402.12354).",
    ),
    since: 5,
    isMinor: true,
  },
  loraStart: {
    ...choice(
      "Start of A, B",
      defaults.loraStart,
      optionsOf(pairStarts),
      "Where the factors start. What they come to there is taken off the update, which PEFT then gets as a pair of rank 2r.",
    ),
    since: 6,
    isMinor: true,
  },
  ...fieldsWhereChosen(pairStarts, "loraStart"),
} as const;

type Settings = SettingsOf<typeof fields>;

const startOf = ({ loraStart }: Pick<Settings, "loraStart">): Initialiser => pairStarts[loraStart];

/**
 * LoRA: ΔW = (α / r) · B·A with A [r, in] and B [out, r] = 0, so that training starts at the pretrained weights
 * (Hu et al., 2022, arXiv:2106.09685, §4.1). rsLoRA, LoRA+ and other starts are its settings. A start from directions of W
 * or of the gradient has B·A ≠ 0: A₀ and B₀ are kept, and ΔW = (α / r) · (B·A − B₀·A₀), which is the same function as with a
 * base that was lowered by the start, and is a pair of rank 2r: (B − B₀)·A + B₀·(A − A₀), exactly 0 at the start.
 */
export const lora: Adapter<typeof fields> = {
  label: "LoRA",
  group: "LoRA family",
  source: "Hu et al. 2022, arXiv:2106.09685",
  equation: "ΔW = (α / r) · B A",
  learningRate: 1e-3,
  trains: "updates",
  restarts: true,
  fields,
  problems: (settings) => rankProblems(startOf(settings), settings.rank).map((problem) => ({ field: "rank", problem })),
  parameters(shape, settings) {
    const pair = lowRank(shape, settings.rank, settings.loraPlus);
    if (startOf(settings).kind !== "directions") return pair;
    const { A, B } = pair;
    return { ...pair, A0: { ...A, rate: "constant" }, B0: { ...B, rate: "constant" } };
  },
  initial(layer, settings) {
    const start = startOf(settings);
    const { A, B } = startingPair(start, layer, settings.rank, settings);
    return { A, B, ...(start.kind === "directions" && { A0: A, B0: B }) };
  },
  initialNorm: () => 0,
  directions: {
    of(settings) {
      const initialiser = startOf(settings);
      if (initialiser.kind !== "directions") return undefined;
      return { initialiser, rank: settings.rank, scale: scaleOf(settings) };
    },
    place(tape, { input, output }) {
      const A = transposed(tape, input);
      return { A, B: output, A0: A, B0: output };
    },
  },
  apply(tape, { A, B, A0, B0 }, settings) {
    const [up, down, scale] = [B!, transposed(tape, A!), scaleOf(settings)];
    if (!A0) return { kind: "pair", up, down, scale };
    return {
      kind: "pair",
      up: sideBySide(tape, [difference(tape, up, B0!), B0!]),
      down: sideBySide(tape, [down, difference(tape, down, transposed(tape, A0))]),
      scale,
    };
  },
  delta({ A, B, A0, B0 }, { alpha, rank, scaling }, { inFeatures, outFeatures }) {
    const times = (up: ArrayLike<number>, down: ArrayLike<number>) =>
      product(matrix(up, outFeatures, rank), matrix(down, rank, inFeatures)).values;
    const start = A0 && times(B0!, A0);
    return times(B!, A!).map((value, at) => {
      const update = start ? value - start[at]! : value;
      return scaling === "root" ? (update * alpha) / rank ** 0.5 : (update * alpha) / rank;
    });
  },
  python: statement,
  // What factors came to where they started is taken off the update, which only a pair of rank 2r says.
  peft: { ...loraForm, suits: (settings) => startOf(settings).kind !== "directions" },
};
