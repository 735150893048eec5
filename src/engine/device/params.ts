import { flatGrid, type Grid, type Kernel, type Variant } from "../kernels/kernel.ts";
import type { BoundDispatch } from "./device.ts";

/** WebGPU's limit is 256; a uniform binding starts at a multiple of it. */
export const PARAMS_STRIDE = 256;

/** Where the parameters of a dispatch lie, and how far its binding reaches, in bytes. */
interface Place {
  readonly offset: number;
  readonly size: number;
}

/** Numbers by the names of params, and of `Several.fields`. */
type ParamSet = Readonly<Record<string, number>>;

/** Bytes of one set of parameters, as WGSL lays it out. */
function sizeOfSet({ params, several }: Kernel, isSeveral: boolean): number {
  const words = Object.keys(params).length + (isSeveral ? several!.fields.length : 0);
  return 16 * Math.max(1, Math.ceil(words / 4));
}

/** Where the parameters of a program lie. A dispatch of several sets has the most bound, of which it takes what it needs. */
export function placesOf(dispatches: readonly BoundDispatch[]): {
  readonly places: readonly Place[];
  readonly bytes: number;
} {
  let next = 0;
  let bytes = PARAMS_STRIDE;
  const places = dispatches.map(({ kernel, parts }) => {
    const set = sizeOfSet(kernel, parts !== undefined);
    const place = { offset: next, size: parts ? set * kernel.several!.most : set };
    next += PARAMS_STRIDE * Math.ceil((set * (parts?.length ?? 1)) / PARAMS_STRIDE);
    bytes = Math.max(bytes, next, place.offset + place.size);
    return place;
  });
  return { places, bytes };
}

/** The grid of a dispatch, and its sets of parameters, with what places each in it. */
export function laidOut(
  { params, parts }: BoundDispatch,
  variant: Pick<Variant, "workgroups">,
): { readonly grid: Grid; readonly sets: readonly ParamSet[] } {
  if (!parts) return { grid: variant.workgroups(params), sets: [params] };
  let end = 0;
  let rest = 0;
  const sets = parts.map(({ params: own, terms }) => {
    const first = end;
    // The terms of a sum are computed by the same workgroups.
    if (rest === 0) {
      end += variant.workgroups(own).reduce((product, size) => product * size, 1);
      rest = terms;
    }
    rest--;
    return { ...own, first, end, terms };
  });
  // A grid that is folded may have more workgroups than were asked for: they find that they have nothing to do.
  const last = sets.findLast(({ first, end: until }) => until > first)!;
  last.end = 0xffffffff;
  return { grid: flatGrid(end, 1), sets };
}

/** Writes the sets of parameters of a dispatch behind each other. */
export function writeSets(
  data: DataView,
  at: number,
  { kernel, parts }: BoundDispatch,
  sets: readonly ParamSet[],
): void {
  const fields = Object.entries(kernel.params);
  if (parts) for (const name of kernel.several!.fields) fields.push([name, "u32"]);
  for (const [index, set] of sets.entries()) {
    fields.forEach(([name, type], field) => {
      const place = at + index * sizeOfSet(kernel, parts !== undefined) + 4 * field;
      if (type === "u32") data.setUint32(place, set[name]!, true);
      else data.setFloat32(place, set[name]!, true);
    });
  }
}
