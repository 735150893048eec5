import bytes from "../../../assembly/matmul.ts?wasm";

/** Rows of a panel of A and columns of one of B, as in the module's source. */
const ROWS = 4;
const COLS = 8;

/** WebAssembly's page, in bytes. */
const PAGE = 65536;

interface Module {
  multiplyAll(a: number, b: number, out: number, rowPanels: number, colPanels: number, inner: number): void;
}

const memory = new WebAssembly.Memory({ initial: 1 });
let module: Module | undefined;

/** Float32 numbers that the module can work on, at least so many, and the module. */
function scratch(length: number): { readonly numbers: Float32Array; readonly multiply: Module["multiplyAll"] } {
  module ??= new WebAssembly.Instance(new WebAssembly.Module(bytes), { env: { memory } }).exports as unknown as Module;
  const missing = 4 * length - memory.buffer.byteLength;
  if (missing > 0) memory.grow(Math.ceil(missing / PAGE));
  return { numbers: new Float32Array(memory.buffer), multiply: module.multiplyAll };
}

/** Where the lines of an operand, rows of A or columns of B, go: panels of `width` lines, step by step of the sum. */
interface Panels {
  readonly at: number;
  readonly width: number;
  readonly lines: number;
  /** Steps of the whole sum, of which these are the ones from `skip` on. */
  readonly total: number;
  readonly skip: number;
}

/** What is to be packed: element (line, step) lies at start + line · lineStride + step · stepStride. */
interface Operand {
  readonly from: Float32Array;
  readonly lineStride: number;
  readonly stepStride: number;
  readonly steps: number;
  readonly factor: number;
}

function pack(to: Float32Array, panels: Panels, start: number, operand: Operand): void {
  const { at, width, lines, total, skip } = panels;
  const { from, lineStride, stepStride, steps, factor } = operand;
  for (let line = 0; line < Math.ceil(lines / width) * width; line++) {
    let target = at + (Math.floor(line / width) * total + skip) * width + (line % width);
    let source = start + line * lineStride;
    if (line >= lines) {
      for (let step = 0; step < steps; step++, target += width) to[target] = 0;
    } else {
      for (let step = 0; step < steps; step++, target += width, source += stepStride) {
        to[target] = factor * from[source]!;
      }
    }
  }
}

/**
 * What `matmulKernel` computes, in WebAssembly with SIMD (assembly/matmul.ts): both products are packed as one, whose
 * sums run over `inner` and then over `rank`.
 *
 * @param finish what is stored of a sum with c, where it is not d that is added: told the places of out and of d.
 */
export function matmulBySimd(
  { a, b, u, v, c, d, out }: Readonly<Record<"a" | "b" | "u" | "v" | "c" | "d" | "out", Float32Array>>,
  p: Readonly<Record<string, number>>,
  finish?: (sum: number, out: number, d: number) => number,
): void {
  const [rows, cols, inner, rank] = [p.rows!, p.cols!, p.inner!, p.rank!];
  const total = inner + rank;
  const rowPanels = Math.ceil(rows / ROWS);
  const colPanels = Math.ceil(cols / COLS);
  const bAt = rowPanels * ROWS * total;
  const tilesAt = bAt + colPanels * COLS * total;
  const { numbers, multiply } = scratch(tilesAt + rowPanels * ROWS * colPanels * COLS);
  const [aPanels, bPanels] = [
    { at: 0, width: ROWS, lines: rows, total },
    { at: bAt, width: COLS, lines: cols, total },
  ];
  const placeOf = (name: string) => ({ at: p[`${name}Offset`]!, outer: p[`${name}Outer`]!, inner: p[`${name}Inner`]! });
  const operand = (name: string, from: Float32Array, line: string, step: string, steps: number, factor: number) => ({
    place: placeOf(name),
    operand: { from, lineStride: p[name + line]!, stepStride: p[name + step]!, steps, factor },
  });
  const [left, right] = [operand("a", a, "Row", "Col", inner, p.scale!), operand("b", b, "Col", "Row", inner, 1)];
  const [up, down] = [operand("u", u, "Row", "Col", rank, p.updateScale!), operand("v", v, "Col", "Row", rank, 1)];
  const [first, second, result] = [placeOf("c"), placeOf("d"), placeOf("out")];
  const [cRow, cCol, dRow, dCol] = [p.cRow!, p.cCol!, p.dRow!, p.dCol!];
  const [outRow, outCol] = [p.outRow!, p.outCol!];
  let packedB: number | undefined;
  for (let n = 0; n < p.batch!; n++) {
    const outer = Math.floor(n / p.innerBatch!);
    const within = n % p.innerBatch!;
    const start = (place: typeof result) => place.at + outer * place.outer + within * place.inner;
    pack(numbers, { ...aPanels, skip: 0 }, start(left.place), left.operand);
    pack(numbers, { ...aPanels, skip: inner }, start(up.place), up.operand);
    // A matrix that a whole batch shares is packed once.
    if (packedB !== start(right.place)) pack(numbers, { ...bPanels, skip: 0 }, start(right.place), right.operand);
    packedB = start(right.place);
    pack(numbers, { ...bPanels, skip: inner }, start(down.place), down.operand);
    multiply(0, 4 * bAt, 4 * tilesAt, rowPanels, colPanels, total);

    const [cStart, dStart, outStart] = [start(first), start(second), start(result)];
    const isUniform = !finish && dRow === 0 && dCol === 0;
    for (let row = 0; row < rows; row++) {
      let at = outStart + row * outRow;
      let cAt = cStart + row * cRow;
      let dAt = dStart + row * dRow;
      for (let panel = 0; panel < colPanels; panel++) {
        let tile = tilesAt + (panel * rowPanels * ROWS + row) * COLS;
        const end = tile + Math.min(COLS, cols - panel * COLS);
        if (isUniform) {
          // Nothing, nearly always: a load less for every number.
          const everywhere = d[dAt]!;
          for (; tile < end; tile++, at += outCol, cAt += cCol) out[at] = numbers[tile]! + c[cAt]! + everywhere;
          continue;
        }
        for (; tile < end; tile++, at += outCol, cAt += cCol, dAt += dCol) {
          const sum = numbers[tile]! + c[cAt]!;
          out[at] = finish ? finish(sum, at, dAt) : sum + d[dAt]!;
        }
      }
    }
  }
}
