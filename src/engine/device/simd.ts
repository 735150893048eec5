import bytes from "../../../assembly/index.ts?wasm";
import { KernelError } from "../errors.ts";
import { type Stretch, WasmStorage } from "./cpuStorage.ts";
import type { BoundDispatch } from "./device.ts";

/** One phase of a dispatch, ready to be called: its function, its units, and its arguments, of which the last are a stretch of units. */
export interface Call {
  readonly entry: string;
  readonly units: number;
  readonly args: number[];
}

let compiled: WebAssembly.Module | undefined;

/** The functions of `assembly/` on a memory, which holds the tensors that they are called with. */
export class SimdModule {
  readonly storage: WasmStorage;
  readonly #exports: WebAssembly.Exports;
  #scratch: Stretch | undefined;
  #scratchBytes = 0;

  constructor(memory: WebAssembly.Memory) {
    compiled ??= new WebAssembly.Module(bytes);
    this.#exports = new WebAssembly.Instance(compiled, { env: { memory } }).exports;
    this.storage = new WasmStorage(memory, this.#global("FREE_FROM").value);
    this.#global("workspace").value = this.storage.allocate("workspace", this.#global("WORKSPACE_BYTES").value / 4).at;
  }

  /** Makes sure that phases of a dispatch have room for what they leave to each other. */
  reserve({ kernel, params, flags }: BoundDispatch): void {
    const phases = kernel.simd?.(params, flags) ?? [];
    const wanted = Math.max(0, ...phases.map(({ scratch = 0 }) => scratch));
    if (wanted <= this.#scratchBytes) return;
    this.#scratch?.free();
    this.#scratch = undefined;
    this.#scratchBytes = 0;
    this.#scratch = this.storage.allocate("scratch memory of kernels", Math.ceil(wanted / 4));
    this.#scratchBytes = wanted;
    this.storage.version++;
  }

  /**
   * A dispatch as calls, or nothing where its kernel has no functions for it. `SimdPhase` says what arguments there are.
   *
   * @param addresses of its tensors.
   * @throws KernelError where a function takes others.
   */
  callsOf(
    { kernel, params, flags }: BoundDispatch,
    addresses: Readonly<Record<string, number>>,
  ): readonly Call[] | undefined {
    const phases = kernel.simd?.(params, flags);
    const hasScratch = phases?.some(({ scratch }) => scratch !== undefined);
    return phases?.map(({ entry, units }) => {
      const args = [
        ...[...kernel.reads, ...kernel.updates, ...kernel.writes].map((name) => addresses[name]!),
        ...Object.keys(kernel.params).map((name) => params[name]!),
        ...kernel.flags.map((name) => Number(flags[name])),
        ...(hasScratch ? [this.#scratch!.at] : []),
        0,
        units,
      ];
      const takes = this.#function(entry).length;
      if (takes === args.length) return { entry, units, args };
      throw new KernelError(
        `${entry} of the assembly takes ${takes} arguments, ${kernel.name} gives it ${args.length}`,
      );
    });
  }

  run({ entry, args }: Call): void {
    this.#function(entry).apply(undefined, args);
  }

  #function(name: string) {
    const found = this.#exports[name];
    if (typeof found === "function") return found;
    throw new KernelError(`the assembly has no function ${name}`);
  }

  #global(name: string): WebAssembly.Global {
    const found = this.#exports[name];
    if (found instanceof WebAssembly.Global) return found;
    throw new KernelError(`the assembly has no global ${name}`);
  }
}
