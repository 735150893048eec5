import { KernelError } from "../errors.ts";
import type { ElementFormat } from "../kernels/formats.ts";
import { type AdapterTraits, type Kernel, overrideName, shaderOf, type Variant } from "../kernels/kernel.ts";
import { selectionOf } from "../kernels/matmulVariants.ts";
import type { Ledger } from "./ledger.ts";

export interface CompiledVariant {
  readonly variant: Variant;
  readonly pipeline: GPUComputePipeline;
  readonly layout: GPUBindGroupLayout;
}

/** Every pipeline of a device, compiled once, all that are asked for together in parallel. */
export class PipelineCache {
  readonly #device: GPUDevice;
  readonly #adapter: AdapterTraits;
  readonly #ledger: Ledger;
  /** See `Selection.kernelChoice`; what is compiled already stays as it is. */
  kernelChoice: string | undefined;
  readonly #pipelines = new Map<string, Promise<CompiledVariant>>();
  /** Kernels with as many reads and as many writes share a layout. */
  readonly #layouts = new Map<string, GPUBindGroupLayout>();

  constructor(device: GPUDevice, adapter: AdapterTraits, ledger: Ledger) {
    this.#device = device;
    this.#adapter = adapter;
    this.#ledger = ledger;
  }

  /**
   * @param formats how the operands in `kernel.anyFormat` are stored.
   * @param isSeveral whether it is to compute several at once, see `Kernel.several`.
   * @throws KernelError quoting the line of the shader that does not compile.
   */
  get(
    kernel: Kernel,
    flags: Readonly<Record<string, boolean>>,
    params: Readonly<Record<string, number>>,
    formats: Readonly<Record<string, ElementFormat>>,
    isSeveral = false,
  ): Promise<CompiledVariant> {
    const selection = selectionOf(this.#adapter, this.kernelChoice);
    const able = kernel.variants.flatMap((each) => {
      if (!isSeveral) return [each];
      return each.several === undefined ? [] : [{ ...each, source: each.several }];
    });
    const variant = able.find(({ suits }) => suits?.(selection, params)) ?? able.at(-1)!;
    const constants = Object.fromEntries(kernel.flags.map((flag) => [overrideName(flag), flags[flag] ? 1 : 0]));
    const code = shaderOf(kernel, variant, formats, this.#adapter);
    const key = `${JSON.stringify(constants)} ${code}`;
    let compiled = this.#pipelines.get(key);
    if (!compiled) {
      compiled = this.#compile(kernel, variant, code, constants);
      this.#pipelines.set(key, compiled);
    }
    return compiled;
  }

  async #compile(
    kernel: Kernel,
    variant: Variant,
    code: string,
    constants: Record<string, number>,
  ): Promise<CompiledVariant> {
    const layout = this.#layout(kernel.reads.length, kernel.updates.length + kernel.writes.length);
    this.#device.pushErrorScope("validation");
    const module = this.#device.createShaderModule({ label: variant.entry, code });
    const problem = this.#device.popErrorScope();
    this.#ledger.pipelinesCreated++;
    try {
      const pipeline = await this.#device.createComputePipelineAsync({
        label: variant.entry,
        layout: this.#device.createPipelineLayout({ bindGroupLayouts: [layout] }),
        compute: { module, entryPoint: variant.entry, constants },
      });
      await problem;
      this.#ledger.pipelineReady();
      return { variant, pipeline, layout };
    } catch (error) {
      await problem;
      throw await compileError(variant.entry, code, module, error);
    }
  }

  #layout(reads: number, writes: number): GPUBindGroupLayout {
    const key = `${reads} ${writes}`;
    let layout = this.#layouts.get(key);
    if (!layout) {
      const types: GPUBufferBindingType[] = [
        "uniform",
        ...Array<GPUBufferBindingType>(reads).fill("read-only-storage"),
        ...Array<GPUBufferBindingType>(writes).fill("storage"),
      ];
      layout = this.#device.createBindGroupLayout({
        label: `${reads} reads, ${writes} writes`,
        entries: types.map((type, binding) => ({ binding, visibility: GPUShaderStage.COMPUTE, buffer: { type } })),
      });
      this.#layouts.set(key, layout);
    }
    return layout;
  }
}

async function compileError(
  entry: string,
  code: string,
  module: GPUShaderModule,
  cause: unknown,
): Promise<KernelError> {
  const { messages } = await module.getCompilationInfo();
  const first = messages.find(({ type }) => type === "error");
  if (!first) {
    return new KernelError(`${entry}.wgsl: ${cause instanceof Error ? cause.message : cause}`, undefined, { cause });
  }
  const line = code.split("\n")[first.lineNum - 1]?.trim() ?? "";
  return new KernelError(`${entry}.wgsl:${first.lineNum}:${first.linePos} ${first.message}\n  ${line}`, undefined, {
    cause,
  });
}
