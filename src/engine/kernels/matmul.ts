import assembly from "../../../assembly/matmul.ts?raw";
import tileAssembly from "../../../assembly/tile.ts?raw";
import flatIndex from "../../../shaders/lib/flat_index.wgsl?raw";
import operands from "../../../shaders/lib/matmul_operands.wgsl?raw";
import quads from "../../../shaders/lib/matmul_quads.wgsl?raw";
import storeSum from "../../../shaders/lib/matmul_store.wgsl?raw";
import storeGelu from "../../../shaders/lib/matmul_store_gelu.wgsl?raw";
import storeGeluBackward from "../../../shaders/lib/matmul_store_gelu_backward.wgsl?raw";
import storeRow from "../../../shaders/lib/matmul_store_row.wgsl?raw";
import storeRowInLoop from "../../../shaders/lib/matmul_store_row_loop.wgsl?raw";
import tiles from "../../../shaders/lib/matmul_tiles.wgsl?raw";
import outer from "../../../shaders/lib/outer.wgsl?raw";
import source from "../../../shaders/matmul.wgsl?raw";
import blocksSource from "../../../shaders/matmul_blocks.wgsl?raw";
import quadSource from "../../../shaders/matmul_quad.wgsl?raw";
import narrowSource from "../../../shaders/matmul_quad_narrow.wgsl?raw";
import splitSource from "../../../shaders/matmul_split.wgsl?raw";
import tiledSource from "../../../shaders/matmul_tiled.wgsl?raw";
import { geluFunctions, geluOf, geluSlope } from "./gelu.ts";
import {
  defineKernel,
  flatGrid,
  type Grid,
  type Numbers,
  placements,
  shaderConstant,
  type VariantDeclaration,
} from "./kernel.ts";
import { variantOf } from "./matmulVariants.ts";
import { forOneProduct, productTexts, severalProducts } from "./productTexts.ts";

const TILE = shaderConstant(source, "TILE");
const [LINES, SPLIT_COLS] = [shaderConstant(splitSource, "LINES"), shaderConstant(splitSource, "COLS")];

/** Up to this many columns the wide tiles of quads would be half empty. */
export const NARROW_TO = 2 * shaderConstant(quadSource, "COLS");

/** The grid of a shader of which a workgroup computes BLOCK × BLOCK values. */
function blockGrid(shader: string) {
  const block = shaderConstant(shader, "BLOCK");
  return (p: { batch: number; rows: number; cols: number }): Grid => [
    Math.ceil(p.cols / block),
    Math.ceil(p.rows / block),
    p.batch,
  ];
}

/** The grid of a shader of which four neighbouring invocations compute ROWS × 4 · COLS values. */
function quadGrid(shader: string) {
  const [rows, cols, workgroup] = ["ROWS", "COLS", "WORKGROUP"].map((name) => shaderConstant(shader, name));
  return (p: { batch: number; rows: number; cols: number }): Grid =>
    flatGrid(p.batch * Math.ceil(p.rows / rows!) * 4 * Math.ceil(p.cols / (4 * cols!)), workgroup);
}

/** What places each operand. */
export const placing = ["Offset", "Outer", "Inner", "Row", "Col"] as const;

const params = {
  batch: "u32",
  innerBatch: "u32",
  rows: "u32",
  inner: "u32",
  cols: "u32",
  rank: "u32",
  ...placements(["a", "b", "u", "v", "c", "d", "out"], placing),
  scale: "f32",
  updateScale: "f32",
} as const;

type Params = Readonly<Record<keyof typeof params, number>>;

export type ProductParams = Params;

/** @param store what becomes of a sum: `shaders/lib/matmul_store.wgsl` and its like, with what they call. @param storeRow of four. */
function variantsOf(store: string, storeRow: string): VariantDeclaration<Params>[] {
  const shared = operands + store;
  return [
    {
      entry: "matmul_tiled",
      ...productTexts(tiledSource + shared, storeRow),
      workgroups: blockGrid(tiledSource),
      suits: (selection, p) => variantOf(selection, p) === "tiled",
    },
    {
      entry: "matmul_blocks",
      ...productTexts(blocksSource + shared + tiles + outer, storeRow),
      workgroups: blockGrid(blocksSource),
      suits: (selection, p) => variantOf(selection, p) === "blocks",
    },
    {
      entry: "matmul_split",
      ...productTexts(splitSource + shared, storeRow),
      workgroups: ({ batch, rows, cols }) => [Math.ceil(cols / SPLIT_COLS), Math.ceil(rows / LINES), batch],
      suits: (selection, p) => variantOf(selection, p) === "split",
    },
    {
      entry: "matmul_quad",
      source: forOneProduct(quadSource + shared + quads + tiles + outer, storeRow),
      workgroups: quadGrid(quadSource),
      suits: (selection, p) => variantOf(selection, p) === "quads" && p.cols > NARROW_TO,
    },
    {
      entry: "matmul_quad_narrow",
      source: forOneProduct(narrowSource + shared + quads, storeRow),
      workgroups: quadGrid(narrowSource),
      suits: (selection, p) => variantOf(selection, p) === "quads",
    },
    {
      entry: "matmul",
      ...productTexts(source + shared + flatIndex, storeRow),
      invocations: ({ batch, rows, cols }) => batch * Math.ceil(rows / TILE) * Math.ceil(cols / TILE),
    },
  ];
}

/** What a unit of work of `assembly/matmul.ts` computes. */
const [UNIT_ROWS, UNIT_COLS] = [shaderConstant(assembly, "ROWS_OF_UNIT"), shaderConstant(tileAssembly, "COLS")];

/** Every sum of a product, with c and the place of its result and of d. */
function multiply(
  { a, b, u, v, c }: Readonly<Record<"a" | "b" | "u" | "v" | "c", Numbers>>,
  p: Params,
  finish: (sum: number, out: number, d: number) => void,
): void {
  // Tests spend most of their time in these loops, and a stride that is looked up in every step of a sum triples it.
  const { innerBatch, rows, inner, cols, rank, aCol, bRow, uCol, vRow } = p;
  for (let n = 0; n < p.batch; n++) {
    const outer = Math.floor(n / innerBatch);
    const within = n % innerBatch;
    const aBase = p.aOffset + outer * p.aOuter + within * p.aInner;
    const bBase = p.bOffset + outer * p.bOuter + within * p.bInner;
    const uBase = p.uOffset + outer * p.uOuter + within * p.uInner;
    const vBase = p.vOffset + outer * p.vOuter + within * p.vInner;
    const cBase = p.cOffset + outer * p.cOuter + within * p.cInner;
    const dBase = p.dOffset + outer * p.dOuter + within * p.dInner;
    const outBase = p.outOffset + outer * p.outOuter + within * p.outInner;
    for (let row = 0; row < rows; row++) {
      const [aRow, uRow] = [aBase + row * p.aRow, uBase + row * p.uRow];
      for (let col = 0; col < cols; col++) {
        const [bCol, vCol] = [bBase + col * p.bCol, vBase + col * p.vCol];
        let sum = 0;
        for (let k = 0; k < inner; k++) sum += a[aRow + k * aCol]! * b[bCol + k * bRow]!;
        let update = 0;
        for (let k = 0; k < rank; k++) update += u[uRow + k * uCol]! * v[vCol + k * vRow]!;
        finish(
          p.scale * sum + p.updateScale * update + c[cBase + row * p.cRow + col * p.cCol]!,
          outBase + row * p.outRow + col * p.outCol,
          dBase + row * p.dRow + col * p.dCol,
        );
      }
    }
  }
}

/**
 * out = scale · a · b + updateScale · u · v + c + d for a batch of matrices, every operand placed by strides. The second
 * product is of few columns, an adapter's update, or of none; c and d are a bias, a residual, or nothing.
 */
export const matmulKernel = defineKernel({
  name: "matmul",
  reads: ["a", "b", "u", "v", "c", "d"],
  anyFormat: ["a", "b"],
  writes: ["out"],
  params,
  variants: variantsOf(storeSum, storeRow),
  several: severalProducts,
  simd: ({ batch, rows, cols }) => [
    { entry: "matmul", units: batch * Math.ceil(rows / UNIT_ROWS) * Math.ceil(cols / UNIT_COLS) },
  ],
  reference(tensors, p) {
    const { d, out } = tensors;
    multiply(tensors, p, (sum, at, dAt) => {
      out[at] = sum + d[dAt]!;
    });
  },
});

/** The same, and its GELU beside it, laid out alike: `out` is what the backward pass needs. */
export const matmulGeluKernel = defineKernel({
  name: "matmul_gelu",
  reads: ["a", "b", "u", "v", "c", "d"],
  anyFormat: ["a", "b"],
  writes: ["out", "activated"],
  params,
  flags: ["tanh"],
  variants: variantsOf(storeGelu + geluFunctions, storeRowInLoop),
  several: severalProducts,
  reference(tensors, p, { tanh }) {
    const { d, out, activated } = tensors;
    multiply(tensors, p, (sum, at, dAt) => {
      out[at] = sum + d[dAt]!;
      activated[at] = geluOf(out[at]!, tanh);
    });
  },
});

/** out = (scale · a · b + updateScale · u · v + c) ⊙ GELU'(d): a gradient passed back through a product and a GELU before it. */
export const matmulGeluBackwardKernel = defineKernel({
  name: "matmul_gelu_backward",
  reads: ["a", "b", "u", "v", "c", "d"],
  anyFormat: ["a", "b"],
  writes: ["out"],
  params,
  flags: ["tanh"],
  variants: variantsOf(storeGeluBackward + geluFunctions, storeRowInLoop),
  several: severalProducts,
  reference(tensors, p, { tanh }) {
    const { d, out } = tensors;
    multiply(tensors, p, (sum, at, dAt) => {
      out[at] = sum * geluSlope(d[dAt]!, tanh);
    });
  },
});
