import type { Kernel } from "../kernels/kernel.ts";

/**
 * What every WebGPU device grants, one in compatibility mode included (WebGPU, "Limits", second table). Sizes are bytes.
 */
export const LOWEST_LIMITS = {
  storageBuffers: 8,
  workgroupMemory: 16384,
  invocations: 128,
  sizeX: 128,
  sizeY: 128,
  sizeZ: 64,
  uniformBuffer: 16384,
} as const;

export type Needs = Record<keyof typeof LOWEST_LIMITS, number>;

/** Bytes that an element takes in an array of workgroup memory. */
const sizes: Readonly<Record<string, number>> = { f32: 4, u32: 4, i32: 4, vec2f: 8, vec3f: 16, vec4f: 16, mat4x4f: 64 };

/**
 * What a shader asks of a device, read from its text.
 *
 * @param code the whole WGSL of a variant, see `shaderOf`.
 * @throws where it says something in a way that is not understood.
 */
export function needsOf(kernel: Pick<Kernel, "reads" | "updates" | "writes" | "params">, code: string): Needs {
  const bare = code.replace(/\/\/.*$/gm, "");
  const constants = new Map(
    [...bare.matchAll(/const (\w+)(?:\s*:\s*\w+)? = ([^;]+);/g)].map(([, name, value]) => [name!, value!]),
  );
  const valueIn = (expression: string): number => evaluated(expression, constants);

  const stages = [...bare.matchAll(/@workgroup_size\(([^)]*)\)/g)];
  if (stages.length !== 1) throw new Error(`${stages.length} workgroup sizes in one shader`);
  const [sizeX = 1, sizeY = 1, sizeZ = 1] = stages[0]![1]!.split(",").map(valueIn);

  const shared = [...bare.matchAll(/var<workgroup>\s+\w+\s*:\s*([^;]+);/g)].map(([, type]) => {
    const array = /^array<(\w+),\s*(.+)>$/.exec(type!.trim());
    const bytes = sizes[array ? array[1]! : type!.trim()];
    if (bytes === undefined) throw new Error(`the size of ${type} is not known`);
    return bytes * (array ? valueIn(array[2]!) : 1);
  });
  const uniforms = [...bare.matchAll(/var<uniform>\s+(\w+)\s*:/g)].map(([, name]) => name);
  if (uniforms.join() !== "params") throw new Error(`uniforms [${uniforms.join(", ")}], not params alone`);
  return {
    storageBuffers: [...bare.matchAll(/var<storage/g)].length,
    workgroupMemory: shared.reduce((sum, bytes) => sum + bytes, 0),
    invocations: sizeX * sizeY * sizeZ,
    sizeX,
    sizeY,
    sizeZ,
    uniformBuffer: 4 * Object.keys(kernel.params).length,
  };
}

/** A sum, difference, product or quotient of whole numbers and constants. */
function evaluated(expression: string, constants: ReadonlyMap<string, string>): number {
  const text = expression.trim();
  for (const operators of ["+-", "*/"]) {
    const at = [...text].findLastIndex((character) => operators.includes(character));
    if (at < 0) continue;
    const [left, right] = [text.slice(0, at), text.slice(at + 1)].map((part) => evaluated(part, constants));
    return { "+": left! + right!, "-": left! - right!, "*": left! * right!, "/": left! / right! }[text[at]!]!;
  }
  const constant = constants.get(text);
  if (constant !== undefined) return evaluated(constant, constants);
  const number = /^(\d+)u?$/.exec(text)?.[1];
  if (number === undefined) throw new Error(`"${text}" is no whole number`);
  return Number(number);
}
