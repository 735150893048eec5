import { firstNotFiniteKernel, SEARCH_PARTS } from "../kernels/firstNotFinite.ts";
import { rowMajorOf } from "./layout.ts";
import type { Tape } from "./tape.ts";
import { memoryOf, persistent, readTensor, rowMajor, sizeOf, type Tensor } from "./tensor.ts";

/** The first element of a tensor that is no finite number. */
export interface NotFinite {
  /** Whether it is an infinity, rather than not a number. */
  readonly isInfinite: boolean;
  /** Its index along every axis. */
  readonly at: readonly number[];
}

/** The first element of values on the host that is no finite number, where there is one. */
export function notFiniteIn(tensor: {
  readonly shape: readonly number[];
  readonly values: Float32Array | Float64Array;
}): NotFinite | undefined {
  const { shape, values } = tensor;
  const index = values.findIndex((value) => !Number.isFinite(value));
  return index < 0 ? undefined : { isInfinite: !Number.isNaN(values[index]), at: indicesOf(index, shape) };
}

/** Such as "is not a number (first at [3, 4])", to follow what the tensor is called. */
export function finitenessInWords({ isInfinite, at }: NotFinite): string {
  const where = at.length > 0 ? ` (first at [${at.join(", ")}])` : "";
  return `${isInfinite ? "is infinite" : "is not a number"}${where}`;
}

/**
 * Looks through tensors on the device, transients too, for the first that holds something else than finite numbers. Their
 * values never leave it.
 *
 * @template S what the caller knows a tensor by.
 */
export class FiniteSearch<S> {
  readonly #tape: Tape;
  readonly #looked: { readonly subject: S; readonly shape: readonly number[]; readonly found: Tensor }[] = [];

  constructor(tape: Tape) {
    this.#tape = tape;
  }

  /** Records a look at a tensor as it is at this point of the program. */
  look(subject: S, tensor: Tensor): void {
    const found = this.#tape.tensor(`search of ${tensor.name}`, [SEARCH_PARTS]);
    const input = rowMajorOf(this.#tape, tensor);
    this.#tape.dispatch(firstNotFiniteKernel, { tensors: { input, found }, params: { length: sizeOf(tensor.shape) } });
    this.#looked.push({ subject, shape: tensor.shape, found });
  }

  /** Compiles the tape and runs it once. @returns the first tensor, in the order of looking, that is not finite. */
  async run(label: string): Promise<{ readonly subject: S; readonly notFinite: NotFinite } | undefined> {
    const { device } = this.#tape;
    const all = persistent(device, "search", [this.#looked.length, SEARCH_PARTS]);
    try {
      for (const [index, { found }] of this.#looked.entries()) this.#tape.deliver(found, this.#tape.slice(all, index));
      const program = await this.#tape.compile(label);
      void device.submit([program]);
      const places = await readTensor(device, all);
      program.destroy();
      for (const [index, { subject, shape }] of this.#looked.entries()) {
        const own = [...places.subarray(index * SEARCH_PARTS, (index + 1) * SEARCH_PARTS)];
        const hits = own.flatMap((place, part) =>
          place === 0 ? [] : [{ index: (Math.abs(place) - 1) * SEARCH_PARTS + part, isInfinite: place < 0 }],
        );
        const [first] = hits.sort((a, b) => a.index - b.index);
        if (first) return { subject, notFinite: { isInfinite: first.isInfinite, at: indicesOf(first.index, shape) } };
      }
      return undefined;
    } finally {
      memoryOf(all).destroy();
    }
  }
}

/** Indices along every axis of an element in row-major order; none of a single number. */
function indicesOf(index: number, shape: readonly number[]): number[] {
  if (sizeOf(shape) === 1) return [];
  return rowMajor(shape).map((stride, axis) => Math.floor(index / stride) % shape[axis]!);
}
