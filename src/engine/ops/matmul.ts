import { ShapeError } from "../errors.ts";
import { matmulKernel } from "../kernels/matmul.ts";
import { sumRows } from "./sumRows.ts";
import type { Tape } from "./tape.ts";
import { bindable, rowMajor, sizeOf, type Tensor } from "./tensor.ts";

export interface MatmulOptions {
  readonly transposeA?: boolean;
  readonly transposeB?: boolean;
  /** Multiplies the product; default 1. */
  readonly scale?: number;
  /** Added to the product: a tensor of its shape, or of its last axes, such as a bias [cols], which then repeats. */
  readonly add?: Tensor;
  /** Strides of the result, where row-major will not do. */
  readonly strides?: readonly number[];
}

/** Up to so many rows a product is computed as its transpose. */
const FLAT_TO = 16;

/**
 * Batched matrix product scale · op(a) · op(b) + add, where op transposes when asked to.
 *
 * @param a [...batch, rows, inner], or [...batch, inner, rows] with `transposeA`; up to two batch axes, any strides.
 * @param b [...batch, inner, cols], or [...batch, cols, inner] with `transposeB`.
 * @returns [...batch, rows, cols].
 * @throws ShapeError when the inner or the batch sizes differ, or `add` fits neither way.
 */
export function matmul(tape: Tape, a: Tensor, b: Tensor, options: MatmulOptions = {}): Tensor {
  const { transposeA = false, transposeB = false, scale = 1, add } = options;
  const left = matrixOf(a, transposeA);
  const right = matrixOf(b, transposeB);
  if (left.cols !== right.rows) throw mismatch("inner", a, left.cols, b, right.rows);
  if (left.batch.join() !== right.batch.join()) throw mismatch("batch", a, left.batch, b, right.batch);

  const shape = [...left.batch, left.rows, right.cols];
  const out = tape.tensor(`${a.name}·${b.name}`, shape, options.strides ?? rowMajor(shape));
  if (add && add.shape.join() !== shape.slice(-add.shape.length).join()) {
    throw new ShapeError(`matmul: ${add.name} [${add.shape}] cannot be added to [${shape}]`);
  }
  const [outer = 1, inner = 1] = left.batch.length === 2 ? left.batch : [1, ...left.batch];
  const nothing = { ...tape.zero, shape, strides: shape.map(() => 0) };
  // The kernels for narrow products want few columns: outᵀ = opᵀ(b) · opᵀ(a) has them where out has few rows.
  const isFlat = left.rows <= FLAT_TO && left.rows < right.cols;
  const [first, second] = isFlat
    ? ([
        [b, !transposeB],
        [a, !transposeA],
      ] as const)
    : ([
        [a, transposeA],
        [b, transposeB],
      ] as const);
  const places = [
    operand("a", ...first),
    operand("b", ...second),
    operand("u", nothing, false),
    operand("v", nothing, false),
    operand("c", add ? repeated(add, shape) : nothing, isFlat),
    operand("d", nothing, isFlat),
    operand("out", out, isFlat),
  ];
  const [rows, cols] = isFlat ? [right.cols, left.rows] : [left.rows, right.cols];
  tape.dispatch(matmulKernel, {
    tensors: Object.fromEntries(places.map(({ name, tensor }) => [name, tensor])),
    params: Object.assign(
      { batch: outer * inner, innerBatch: inner, rows, inner: left.cols, cols, rank: 0, scale, updateScale: 0 },
      ...places.map(({ params }) => params),
    ),
  });

  // out = s·A·B gives dA = s·dout·Bᵀ and dB = s·Aᵀ·dout; the flags only move the transposes.
  tape.record(out, [
    [
      a,
      (grad, sum) => {
        const rest = { scale, strides: a.strides, ...(sum && { add: sum }) };
        return transposeA
          ? matmul(tape, b, grad, { transposeA: transposeB, transposeB: true, ...rest })
          : matmul(tape, grad, b, { transposeB: !transposeB, ...rest });
      },
      "accumulates",
    ],
    [
      b,
      (grad, sum) => {
        const rest = { scale, strides: b.strides, ...(sum && { add: sum }) };
        return transposeB
          ? matmul(tape, grad, a, { transposeA: true, transposeB: transposeA, ...rest })
          : matmul(tape, a, grad, { transposeA: !transposeA, ...rest });
      },
      "accumulates",
    ],
    ...(add ? [[add, (grad: Tensor) => summed(tape, grad, add.shape)] as const] : []),
  ]);
  return out;
}

interface Matrix {
  readonly batch: readonly number[];
  readonly rows: number;
  readonly cols: number;
}

function matrixOf({ name, shape }: Tensor, transpose: boolean): Matrix {
  if (shape.length < 2 || shape.length > 4) throw new ShapeError(`matmul: ${name} [${shape}] is no batch of matrices`);
  const [rows, cols] = shape.slice(-2) as [number, number];
  return { batch: shape.slice(0, -2), rows: transpose ? cols : rows, cols: transpose ? rows : cols };
}

/** A tensor of the last axes of `shape` as if it had all of them: it repeats, at stride 0. */
function repeated(tensor: Tensor, shape: readonly number[]): Tensor {
  const missing = shape.length - tensor.shape.length;
  return { ...tensor, shape, strides: [...Array<number>(missing).fill(0), ...tensor.strides] };
}

/** What `repeated` does to gradients: the sum over the axes before those of `shape`. */
function summed(tape: Tape, grad: Tensor, shape: readonly number[]): Tensor {
  if (grad.shape.length === shape.length) return grad;
  const size = sizeOf(shape);
  return tape.reshape(sumRows(tape, tape.reshape(grad, [sizeOf(grad.shape) / size, size])), shape);
}

/** How an operand is bound, and the parameters that place it. */
function operand(name: string, tensor: Tensor, transpose: boolean) {
  const bound = bindable(tensor);
  const strides = [0, 0, ...tensor.strides].slice(-4);
  const [outer, inner, row, col] = strides as [number, number, number, number];
  return {
    name,
    tensor: bound.tensor,
    params: {
      [`${name}Offset`]: bound.offset,
      [`${name}Outer`]: outer,
      [`${name}Inner`]: inner,
      [`${name}Row`]: transpose ? col : row,
      [`${name}Col`]: transpose ? row : col,
    },
  };
}

function mismatch(what: string, a: Tensor, aSize: unknown, b: Tensor, bSize: unknown): ShapeError {
  return new ShapeError(
    `matmul: ${what} sizes differ, ${aSize} in ${a.name} [${a.shape}] and ${bSize} in ${b.name} [${b.shape}]`,
  );
}
