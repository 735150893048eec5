import { ALIGNMENT, type Device, type Program } from "../device/device.ts";
import { ShapeError } from "../errors.ts";
import { addKernel } from "../kernels/add.ts";
import { fillKernel } from "../kernels/fill.ts";
import type { Kernel } from "../kernels/kernel.ts";
import { assertBindable } from "./assertBindable.ts";
import { constantOf } from "./constants.ts";
import { fuseProducts } from "./fuseProducts.ts";
import { hoisted } from "./hoisted.ts";
import { planMemory, Workspace } from "./memoryPlan.ts";
import { type RecordedDispatch, standingFor } from "./recordedDispatch.ts";
import { storedHalves } from "./storedHalves.ts";
import { stridedCopy } from "./stridedCopy.ts";
import {
  extentOf,
  isContiguous,
  isWhole,
  persistent,
  rowMajor,
  Storage,
  sameLayout,
  sizeOf,
  type Tensor,
} from "./tensor.ts";

/**
 * An input of an operation, and how the gradient of its output becomes a part of the input's. One that `accumulates`
 * adds to its part the sum of those before it, as a product can, and spares a dispatch that would.
 */
export type Adjoint = readonly [
  input: Tensor,
  gradient: (outGradient: Tensor, sum: Tensor | undefined) => Tensor,
  accumulates?: "accumulates",
];

interface Operation {
  readonly out: Tensor;
  readonly adjoints: readonly Adjoint[];
}

/** `out` looks at a part of `base`. */
interface View {
  readonly out: Tensor;
  readonly base: Tensor;
}

/** `out` came of `compute`, of whose inner steps only the views were kept. */
interface Recomputed {
  readonly out: Tensor;
  readonly compute: () => Tensor;
  readonly views: readonly View[];
}

/**
 * Records forward, backward and update as one flat list of dispatches, to be compiled and replayed every step.
 *
 * Operations are functions `op(tape, …tensors)`: they check shapes, `dispatch` kernels and `record` their adjoints,
 * one line per input. Adjoints are themselves recorded operations, so no backward pass is written by hand.
 */
export class Tape {
  readonly device: Device;
  readonly #workspace: Workspace;
  readonly #dispatches: RecordedDispatch[] = [];
  readonly #history: (Operation | View | Recomputed)[] = [];
  readonly #needsGradient = new Set<Tensor>();
  readonly #views = new Map<Tensor, Map<string, Tensor>>();
  #segment = 0;

  /** @param workspace memory for transients; tapes that never run at the same time may share one. */
  constructor(device: Device, workspace: Workspace = new Workspace(device)) {
    this.device = device;
    this.#workspace = workspace;
  }

  /** A transient: written and read within this tape, its memory shared with others before and after. */
  tensor(name: string, shape: readonly number[], strides: readonly number[] = rowMajor(shape)): Tensor {
    // Operations name results after their inputs, which would double with every layer.
    const short = name.length <= 80 ? name : `${name.slice(0, 30)}…${name.slice(-49)}`;
    return { name: short, shape, strides, offset: 0, storage: new Storage(short, extentOf({ shape, strides })) };
  }

  /** A tensor of one zero: what an operand that is not there is bound to. */
  get zero(): Tensor {
    return constantOf(this.device, 0);
  }

  /** A tensor of one one: the gradient of a loss with respect to itself. */
  get one(): Tensor {
    return constantOf(this.device, 1);
  }

  /** Records one run of a kernel. Tensors must start where they can be bound (see `bindable`). */
  dispatch(
    kernel: Kernel,
    call: {
      readonly tensors: Readonly<Record<string, Tensor>>;
      readonly params?: Readonly<Record<string, number>>;
      readonly flags?: Readonly<Record<string, boolean>>;
    },
  ): void {
    this.#push({ kernel, tensors: call.tensors, params: call.params ?? {}, flags: call.flags ?? {} });
  }

  /** Says that gradients with respect to `tensor` are wanted. */
  watch(tensor: Tensor): void {
    this.#needsGradient.add(tensor);
  }

  needsGradient(tensor: Tensor): boolean {
    return this.#needsGradient.has(tensor);
  }

  /** Says that `out` was computed from the inputs named in `adjoints`. */
  record(out: Tensor, adjoints: readonly Adjoint[]): void {
    const wanted = adjoints.filter(([input]) => this.#needsGradient.has(input));
    if (wanted.length === 0) return;
    this.#needsGradient.add(out);
    this.#history.push({ out, adjoints: wanted });
  }

  /**
   * A window on a part of `base`, by its own shape and strides; no data moves. Views of one base that are to be
   * differentiated must not overlap.
   *
   * @param window `offset` counts from the start of `base`.
   */
  view(base: Tensor, window: { shape: readonly number[]; strides?: readonly number[]; offset?: number }): Tensor {
    const { shape, strides = rowMajor(shape), offset = 0 } = window;
    if (offset + extentOf({ shape, strides }) > extentOf(base)) {
      throw new ShapeError(`a view of ${base.name} [${base.shape}] with shape [${shape}] reaches past its end`);
    }
    const key = `${shape}|${strides}|${offset}`;
    const known = this.#views.get(base) ?? new Map<string, Tensor>();
    this.#views.set(base, known);
    let out = known.get(key);
    if (!out) {
      out = { name: base.name, shape, strides, offset: base.offset + offset, storage: base.storage };
      known.set(key, out);
      if (this.#needsGradient.has(base)) {
        this.#needsGradient.add(out);
        this.#history.push({ out, base });
      }
    }
    return out;
  }

  /** The same elements under another shape. @throws ShapeError when `base` has gaps or the sizes differ. */
  reshape(base: Tensor, shape: readonly number[]): Tensor {
    if (!isContiguous(base) || sizeOf(base.shape) !== sizeOf(shape)) {
      throw new ShapeError(`${base.name} [${base.shape}] cannot be seen as [${shape}]`);
    }
    return this.view(base, { shape });
  }

  /** Matrix `index` of a stack [count, …]. */
  slice(stack: Tensor, index: number): Tensor {
    const [stride, ...strides] = stack.strides;
    return this.view(stack, { shape: stack.shape.slice(1), strides, offset: index * stride! });
  }

  /**
   * Records `compute`, and records it once more in the backward pass, so that of what lies within nothing need be kept
   * until then (activation checkpointing: Chen et al., 2016, arXiv 1604.06174). The same kernels give the same bits.
   *
   * @param compute is called twice, and must record the same both times.
   */
  checkpoint(compute: () => Tensor): Tensor {
    const start = this.#history.length;
    const out = compute();
    const inner = this.#history.splice(start);
    // A view is made once, and what it is a part of may lie outside.
    const views = inner.flatMap((entry) => ("base" in entry ? [entry] : "views" in entry ? entry.views : []));
    if (inner.length > 0) this.#history.push({ out, compute, views });
    return out;
  }

  /**
   * Records what is to run as soon as all that it reads is there, though it is recorded later: what it reads is then given up
   * sooner. What it writes must be touched by nothing that was recorded before.
   */
  early(record: () => void): void {
    this.#marked({ early: this.#dispatches.length }, record);
  }

  /** Records what is computed in float32 and kept in 16 bits for what is recorded afterwards, such as gradients. */
  halved<T>(record: () => T): T {
    return this.#marked({ halved: true }, record);
  }

  /** Says that the last dispatch does what took so many more before; see `standingFor`. */
  standsForMore(dispatches: number): void {
    this.#dispatches.push(standingFor(this.#dispatches.pop()!, dispatches));
  }

  /** Copies `from` into `to`, which has the same shape; at most four axes. */
  copy(from: Tensor, to: Tensor): void {
    this.#copy(from, to, false);
  }

  /**
   * Puts a result where it is wanted, such as a gradient into the arena. Unlike `copy`, `to` must not be touched by
   * anything else recorded here; then the result can be computed in place and the copy left out.
   */
  deliver(from: Tensor, to: Tensor): void {
    this.#copy(from, to, true);
  }

  /** Keeps a transient's value after the program has run. @returns a persistent tensor to read it from. */
  keep(tensor: Tensor): Tensor {
    const kept = persistent(this.device, tensor.name, tensor.shape, tensor.strides);
    this.deliver(tensor, kept);
    return kept;
  }

  /**
   * Records the backward pass of everything recorded so far.
   *
   * @param seeds the gradient of the loss with respect to the tensors it starts from.
   * @returns the gradient of the loss with respect to every watched tensor that it reaches, and what lies between.
   */
  backward(seeds: ReadonlyMap<Tensor, Tensor>): ReadonlyMap<Tensor, Tensor> {
    const start = this.#dispatches.length;
    const gradients = new Map(seeds);
    const viewed = new Map<Tensor, { gradient: Tensor; covered: number }>();
    const add = (input: Tensor, part: Tensor): void => {
      const sum = gradients.get(input);
      gradients.set(input, sum ? this.#sum(sum, part) : part);
    };
    // The views of a base follow it in history, so in reverse they have all been seen once it is reached.
    const complete = (base: Tensor): void => {
      const parts = viewed.get(base);
      if (!parts) return;
      viewed.delete(base);
      if (parts.covered < sizeOf(base.shape)) this.#dispatches.splice(start, 0, zeroFill(parts.gradient));
      add(base, parts.gradient);
    };

    for (let entry = this.#history.pop(); entry; entry = this.#history.pop()) {
      complete(entry.out);
      const outGradient = gradients.get(entry.out);
      if (!outGradient) continue;
      if ("compute" in entry) {
        this.#segment++;
        this.#history.push(...entry.views);
        gradients.set(entry.compute(), outGradient);
        continue;
      }
      if ("adjoints" in entry) {
        for (const [input, gradient, accumulates] of entry.adjoints) {
          if (accumulates) gradients.set(input, gradient(outGradient, gradients.get(input)));
          else add(input, gradient(outGradient, undefined));
        }
        continue;
      }
      const { out, base } = entry;
      if (isWhole(out, base) && isContiguous(outGradient)) {
        add(base, { ...outGradient, shape: base.shape, strides: rowMajor(base.shape) });
        continue;
      }
      const parts = viewed.get(base) ?? {
        gradient: this.tensor(`d ${base.name}`, base.shape, base.strides),
        covered: 0,
      };
      viewed.set(base, parts);
      const { name, storage } = parts.gradient;
      this.deliver(outGradient, {
        name,
        storage,
        shape: out.shape,
        strides: out.strides,
        offset: out.offset - base.offset,
      });
      parts.covered += sizeOf(out.shape);
    }
    for (const base of [...viewed.keys()]) complete(base);
    return gradients;
  }

  /** Assigns memory to all transients and compiles. The tape is spent afterwards. @throws KernelError, OutOfMemoryError. */
  async compile(label: string): Promise<Program> {
    const dispatches = storedHalves(hoisted(fuseProducts(this.#dispatches, this.device.kind)));
    return this.device.compile(label, planMemory(dispatches, this.#workspace, this.device.kind));
  }

  #copy(from: Tensor, to: Tensor, mayElide: boolean): void {
    this.#push({ ...stridedCopy(from, to), ...(mayElide && { delivery: { from, to } }) });
  }

  #marked<T>(mark: Pick<RecordedDispatch, "early" | "halved">, record: () => T): T {
    const start = this.#dispatches.length;
    const result = record();
    for (const dispatch of this.#dispatches.splice(start)) this.#dispatches.push({ ...dispatch, ...mark });
    return result;
  }

  #push(dispatch: RecordedDispatch): void {
    assertBindable(dispatch);
    this.#dispatches.push(this.#segment === 0 ? dispatch : { ...dispatch, segment: this.#segment });
  }

  #sum(a: Tensor, b: Tensor): Tensor {
    const dense = (t: Tensor) => extentOf(t) === sizeOf(t.shape);
    const alike = sameLayout(a, b) && dense(a) && a.offset % ALIGNMENT === 0 && b.offset % ALIGNMENT === 0;
    const [left, right] = alike ? [a, b] : [this.#contiguous(a), this.#contiguous(b)];
    const out = this.tensor(a.name, a.shape, left.strides);
    this.dispatch(addKernel, { tensors: { a: left, b: right, out }, params: { length: sizeOf(a.shape) } });
    return out;
  }

  #contiguous(tensor: Tensor): Tensor {
    if (isContiguous(tensor) && tensor.offset % ALIGNMENT === 0) return tensor;
    const out = this.tensor(tensor.name, tensor.shape);
    this.copy(tensor, out);
    return out;
  }
}

function zeroFill(out: Tensor): RecordedDispatch {
  return { kernel: fillKernel, tensors: { out }, params: { length: extentOf(out), value: 0 }, flags: {} };
}
