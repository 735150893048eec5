import type { Device } from "../device/device.ts";
import { ShapeError } from "../errors.ts";
import { readTensor, sizeOf, type Tensor, writeTensor } from "../ops/tensor.ts";
import { type Parameter, type ParameterArena, partOf } from "./arena.ts";
import type { LayerGroup } from "./layerGroups.ts";

/** A parameter on the host, row-major. */
export interface ParameterValues {
  readonly shape: readonly number[];
  readonly values: Float32Array | Float64Array;
}

type Place = readonly [name: string, tensor: Tensor];

/** The part of what a rank schedule keeps. */
export const KEPT = "kept";

/**
 * All that trains of a network, layer by layer though layers of one shape are stacked: factors as `0.query/W1`, whole
 * tensors of the checkpoint and the head by their own names. Values are row-major.
 */
export class NamedParameters {
  readonly #device: Device;
  readonly #arena: ParameterArena;
  readonly #groups: readonly LayerGroup[];
  readonly #kept: readonly Tensor[];

  /** @param kept what a rank schedule keeps of layers, named and stacked as parameters are. */
  constructor(device: Device, arena: ParameterArena, classes: readonly LayerGroup[], kept: readonly Tensor[] = []) {
    this.#device = device;
    this.#arena = arena;
    this.#groups = classes;
    this.#kept = kept;
  }

  /** The parts that a run goes on from. */
  get parts(): string[] {
    return ["value", ...this.#arena.stateNames, ...(this.#kept.length > 0 ? [KEPT] : [])];
  }

  /** @param part as for `partOf`, or "kept"; parameters without it are left out. */
  async read(part = "value"): Promise<Map<string, ParameterValues>> {
    const found = new Map<string, ParameterValues>();
    for (const [parameter, tensor] of this.#tensors(part)) {
      const values = await readTensor(this.#device, tensor);
      const slices = this.#slicesOf(parameter);
      const shape = slices ? tensor.shape.slice(1) : tensor.shape;
      for (const [index, name] of (slices ?? [tensor.name]).entries()) {
        found.set(name, { shape, values: values.subarray(index * sizeOf(shape), (index + 1) * sizeOf(shape)) });
      }
    }
    return found;
  }

  /** Where each of them lies on the device, by the same names. */
  *places(part: string): Generator<Place> {
    for (const [parameter, tensor] of this.#tensors(part)) yield* this.#matrices(parameter, tensor);
  }

  /** Tensors of all that trains, by the same names. @param tensorsOf a parameter's tensor, or of a stack those of its matrices. */
  *placesOf(tensorsOf: (parameter: Parameter) => readonly Tensor[]): Generator<Place> {
    for (const parameter of this.#arena) {
      const tensors = tensorsOf(parameter);
      const slices = this.#slicesOf(parameter.value);
      if (slices && tensors[0]!.shape.length < 3) for (const [at, name] of slices.entries()) yield [name, tensors[at]!];
      else yield* this.#matrices(parameter.value, tensors[0]!);
    }
  }

  /**
   * Writes what `read` reads; names that are left out keep their values.
   *
   * @throws ShapeError naming a parameter that the network does not have, or has in another shape.
   */
  async write(given: ReadonlyMap<string, ParameterValues>, part = "value"): Promise<void> {
    const left = new Set(given.keys());
    for (const [parameter, tensor] of this.#tensors(part)) {
      const slices = this.#slicesOf(parameter);
      const names = slices ?? [tensor.name];
      if (!names.some((name) => left.has(name))) continue;
      const shape = slices ? tensor.shape.slice(1) : tensor.shape;
      const values = Float64Array.from(await readTensor(this.#device, tensor));
      for (const [index, name] of names.entries()) {
        const own = given.get(name);
        if (!own) continue;
        if (own.shape.join() !== shape.join() || own.values.length !== sizeOf(shape)) {
          throw new ShapeError(`${name} is [${own.shape}], the network has it as [${shape}]`);
        }
        values.set(own.values, index * sizeOf(shape));
        left.delete(name);
      }
      writeTensor(this.#device, tensor, values);
    }
    if (left.size > 0) throw new ShapeError(`the network does not train ${[...left].slice(0, 5).join(", ")}`);
  }

  /** What there is of a part, each with what it is named and sliced by. */
  #tensors(part: string): (readonly [named: Tensor, tensor: Tensor])[] {
    if (part === KEPT) return this.#kept.map((tensor) => [tensor, tensor]);
    return [...this.#arena].flatMap((parameter) => {
      const tensor = partOf(parameter, part);
      return tensor ? [[parameter.value, tensor] as const] : [];
    });
  }

  *#matrices(named: Tensor, tensor: Tensor): Generator<Place> {
    const slices = this.#slicesOf(named);
    if (!slices) yield [named.name, tensor];
    const [stride, ...strides] = tensor.strides;
    for (const [index, name] of (slices ?? []).entries())
      yield [name, { ...tensor, shape: tensor.shape.slice(1), strides, offset: tensor.offset + index * stride! }];
  }

  /** Names of the layers' own parts of a stacked parameter; none where it is one by itself, or shared. */
  #slicesOf({ name: parameter, shape }: Tensor): string[] | undefined {
    if (shape.length !== 3) return undefined;
    const [className, factor] = parameter.split("/");
    const layerGroup = this.#groups.find(({ name }) => name === className);
    return layerGroup?.layers.map(({ id, weight }) => (factor === undefined ? weight : `${id}/${factor}`));
  }
}
