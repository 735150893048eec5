import type { Kernel } from "../kernels/kernel.ts";

/** Every kernel that a file of `kernels` exports. */
export async function allKernels(): Promise<Kernel[]> {
  const files = import.meta.glob<Record<string, unknown>>(["../kernels/*.ts", "!../kernels/*.test.ts"]);
  const modules = await Promise.all(Object.values(files).map((load) => load()));
  return modules.flatMap((module) =>
    Object.values(module).filter(
      (value): value is Kernel => typeof value === "object" && value !== null && "reference" in value,
    ),
  );
}
