import type { ModelCatalogue, ModelSummary } from "./modelSummary.ts";
import type { LayerKind } from "./transformer.ts";

type Parts = Partial<Record<LayerKind, readonly [number, number]>>;

function model(
  positions: number,
  blockParts: readonly Parts[],
  { writes = false, packsPairs = false, rest = {} }: { writes?: boolean; packsPairs?: boolean; rest?: Parts } = {},
): ModelSummary {
  const layers = blockParts.flatMap((parts, block) =>
    Object.entries(parts).map(([part, shape]) => [`${block}.${part}`, shape] as const),
  );
  return {
    positions,
    blocks: blockParts.map((_, block) => String(block)),
    parts: [...new Set(blockParts.flatMap((parts) => Object.keys(parts) as LayerKind[]))],
    layers: new Map([...layers, ...Object.entries(rest)]),
    isGenerative: writes,
    isEncoderDecoder: false,
    packsPairs,
  };
}

const square = (width: number) => [width, width] as const;
const bertBlock: Parts = {
  query: square(128),
  key: square(128),
  value: square(128),
  output: square(128),
  up: [512, 128],
  down: [128, 512],
};
const gptBlock: Parts = { qkv: [576, 192], output: square(192), up: [768, 192], down: [192, 768] };

/** What is known of the bundled models before they are loaded; a test compares it with the checkpoints. */
export const modelShapes = {
  "pd-bert": model(64, Array(4).fill(bertBlock), { packsPairs: true }),
  "pd-gpt": model(256, Array(6).fill(gptBlock), { writes: true }),
  "use-lite": model(
    128,
    [
      // The first block is narrower at its entrance, and its residual connection has a matrix of its own.
      { qkv: [768, 256], output: [512, 256], residual: [512, 256], up: [1536, 512], down: [512, 1536] },
      { qkv: [1536, 512], output: square(512), up: [1536, 512], down: [512, 1536] },
    ],
    { rest: { pooler: square(512) } },
  ),
} satisfies ModelCatalogue;

/** Whether a model comes with the page. */
export function isBundled(reference: string): boolean {
  return Object.hasOwn(modelShapes, reference);
}
