import flatIndex from "../../../shaders/lib/flat_index.wgsl?raw";
import operands from "../../../shaders/lib/matmul_operands.wgsl?raw";
import quads from "../../../shaders/lib/matmul_quads.wgsl?raw";
import tiles from "../../../shaders/lib/matmul_tiles.wgsl?raw";
import outer from "../../../shaders/lib/outer.wgsl?raw";
import source from "../../../shaders/matmul.wgsl?raw";
import blocksSource from "../../../shaders/matmul_blocks.wgsl?raw";
import quadSource from "../../../shaders/matmul_quad.wgsl?raw";
import narrowSource from "../../../shaders/matmul_quad_narrow.wgsl?raw";
import splitSource from "../../../shaders/matmul_split.wgsl?raw";
import tiledSource from "../../../shaders/matmul_tiled.wgsl?raw";
import { defineKernel, flatGrid, type Grid, shaderConstant } from "./kernel.ts";
import { matmulBySimd } from "./matmulSimd.ts";
import { wayOf } from "./productWays.ts";

const TILE = shaderConstant(source, "TILE");
const [LINES, SPLIT_COLS] = [shaderConstant(splitSource, "LINES"), shaderConstant(splitSource, "COLS")];

/** Up to this many columns the wide tiles of quads would be half empty. */
const NARROW_TO = 2 * shaderConstant(quadSource, "COLS");

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

/**
 * out = scale · a · b + updateScale · u · v + c for a batch of matrices, every operand placed by strides. The second
 * product is of few columns, an adapter's update, or of none.
 */
export const matmulKernel = defineKernel({
  name: "matmul",
  reads: ["a", "b", "u", "v", "c"],
  writes: ["out"],
  params: {
    batch: "u32",
    innerBatch: "u32",
    rows: "u32",
    inner: "u32",
    cols: "u32",
    rank: "u32",
    aOffset: "u32",
    aOuter: "u32",
    aInner: "u32",
    aRow: "u32",
    aCol: "u32",
    bOffset: "u32",
    bOuter: "u32",
    bInner: "u32",
    bRow: "u32",
    bCol: "u32",
    uOffset: "u32",
    uOuter: "u32",
    uInner: "u32",
    uRow: "u32",
    uCol: "u32",
    vOffset: "u32",
    vOuter: "u32",
    vInner: "u32",
    vRow: "u32",
    vCol: "u32",
    cOffset: "u32",
    cOuter: "u32",
    cInner: "u32",
    cRow: "u32",
    cCol: "u32",
    outOffset: "u32",
    outOuter: "u32",
    outInner: "u32",
    outRow: "u32",
    outCol: "u32",
    scale: "f32",
    updateScale: "f32",
  },
  variants: [
    {
      entry: "matmul_tiled",
      source: tiledSource + operands,
      workgroups: blockGrid(tiledSource),
      suits: (selection, p) => wayOf(selection, p) === "tiled",
    },
    {
      entry: "matmul_blocks",
      source: blocksSource + operands + tiles + outer,
      workgroups: blockGrid(blocksSource),
      suits: (selection, p) => wayOf(selection, p) === "blocks",
    },
    {
      entry: "matmul_split",
      source: splitSource + operands,
      workgroups: ({ batch, rows, cols }) => [Math.ceil(cols / SPLIT_COLS), Math.ceil(rows / LINES), batch],
      suits: (selection, p) => wayOf(selection, p) === "split",
    },
    {
      entry: "matmul_quad",
      source: quadSource + operands + quads + tiles + outer,
      workgroups: quadGrid(quadSource),
      suits: (selection, p) => wayOf(selection, p) === "quads" && p.cols > NARROW_TO,
    },
    {
      entry: "matmul_quad_narrow",
      source: narrowSource + operands + quads,
      workgroups: quadGrid(narrowSource),
      suits: (selection, p) => wayOf(selection, p) === "quads",
    },
    {
      entry: "matmul",
      source: source + operands + flatIndex,
      invocations: ({ batch, rows, cols }) => batch * Math.ceil(rows / TILE) * Math.ceil(cols / TILE),
    },
  ],

  fast: matmulBySimd,

  reference({ a, b, u, v, c, out }, p) {
    for (let n = 0; n < p.batch; n++) {
      const outer = Math.floor(n / p.innerBatch);
      const inner = n % p.innerBatch;
      const aBase = p.aOffset + outer * p.aOuter + inner * p.aInner;
      const bBase = p.bOffset + outer * p.bOuter + inner * p.bInner;
      const uBase = p.uOffset + outer * p.uOuter + inner * p.uInner;
      const vBase = p.vOffset + outer * p.vOuter + inner * p.vInner;
      const cBase = p.cOffset + outer * p.cOuter + inner * p.cInner;
      const outBase = p.outOffset + outer * p.outOuter + inner * p.outInner;
      for (let row = 0; row < p.rows; row++) {
        for (let col = 0; col < p.cols; col++) {
          let sum = 0;
          for (let k = 0; k < p.inner; k++) {
            sum += a[aBase + row * p.aRow + k * p.aCol]! * b[bBase + k * p.bRow + col * p.bCol]!;
          }
          let update = 0;
          for (let k = 0; k < p.rank; k++) {
            update += u[uBase + row * p.uRow + k * p.uCol]! * v[vBase + k * p.vRow + col * p.vCol]!;
          }
          const added = c[cBase + row * p.cRow + col * p.cCol]!;
          out[outBase + row * p.outRow + col * p.outCol] = p.scale * sum + p.updateScale * update + added;
        }
      }
    }
  },
});
