import bytes from "../../../assembly/index.ts?wasm";
import { KernelError } from "../errors.ts";
import { type GrantedMemory, type Stretch, WasmStorage } from "./cpuStorage.ts";
import type { BoundDispatch } from "./device.ts";
import { entriesOf } from "./threads/phases.mjs";

/** One phase of a dispatch, ready to be called. */
export interface Call {
  /** The function, and its place among those of the module. */
  readonly entry: string;
  readonly index: number;
  readonly units: number;
  /** The last two are the stretch of units that it is called for. */
  readonly args: number[];
}

const modules: { shared?: WebAssembly.Module; unshared?: WebAssembly.Module } = {};

/** The module, compiled for a memory that threads share, or for one that they do not. */
function moduleFor({ buffer }: WebAssembly.Memory): WebAssembly.Module {
  const kind = buffer instanceof ArrayBuffer ? "unshared" : "shared";
  const module = modules[kind] ?? new WebAssembly.Module(kind === "shared" ? bytes : unshared(bytes));
  modules[kind] = module;
  return module;
}

/** Memory as a module imports it from `env`: its names, its kind, and limits that say "shared, with a maximum". */
const IMPORT = "\x03env\x06memory\x02\x03";

/** The module with a memory that is not shared: a bit of its limits says so. */
function unshared(bytes: Uint8Array<ArrayBuffer>): Uint8Array<ArrayBuffer> {
  const at = new TextDecoder("latin1").decode(bytes).indexOf(IMPORT);
  if (at < 0) throw new KernelError("the assembly imports no memory that could be shared");
  return bytes.with(at + IMPORT.length - 1, 1);
}

/** The functions of `assembly/` on a memory, which holds the tensors that they are called with. */
export class SimdModule {
  readonly storage: WasmStorage;
  readonly compiled: WebAssembly.Module;
  readonly #exports: WebAssembly.Exports;
  readonly #functions: readonly (WebAssembly.ExportValue | undefined)[];
  readonly #indices: ReadonlyMap<string, number>;
  #scratch: Stretch | undefined;
  #scratchBytes = 0;

  constructor(granted: GrantedMemory) {
    const { memory } = granted;
    this.compiled = moduleFor(memory);
    this.#exports = new WebAssembly.Instance(this.compiled, { env: { memory } }).exports;
    const entries = entriesOf(this.compiled);
    this.#functions = entries.map((name) => this.#exports[name]);
    this.#indices = new Map(entries.map((name, index) => [name, index]));
    this.storage = new WasmStorage(granted, this.#global("FREE_FROM").value);
    this.#global("workspace").value = this.newWorkspace();
  }

  /** The address of a workspace for one more instance. */
  newWorkspace(): number {
    return this.storage.allocate("workspace", this.#global("WORKSPACE_BYTES").value / 4).at;
  }

  /** Makes sure that phases have room for what they leave to each other. @throws OutOfMemoryError. */
  reserve(dispatches: readonly BoundDispatch[]): void {
    const phases = dispatches.flatMap(({ kernel, params, flags }) => kernel.simd?.(params, flags) ?? []);
    const wanted = phases.reduce((most, { scratch = 0 }) => Math.max(most, scratch), 0);
    if (wanted <= this.#scratchBytes) return;
    // Programs of before go on with the old one where there is no room for another.
    const scratch = this.storage.allocate("scratch memory of kernels", Math.ceil(wanted / 4));
    this.#scratch?.free();
    this.#scratch = scratch;
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
        ...[0, units],
      ];
      const index = this.#indices.get(entry) ?? -1;
      const takes = this.#functionAt(index, entry).length;
      if (takes === args.length) return { entry, index, units, args };
      throw new KernelError(
        `${entry} of the assembly takes ${takes} arguments, ${kernel.name} gives it ${args.length}`,
      );
    });
  }

  /** Calls a phase for the units from `from` on, up to `to`. */
  run({ entry, index, args }: Call, from: number, to: number): void {
    args[args.length - 2] = from;
    args[args.length - 1] = to;
    this.#functionAt(index, entry).apply(undefined, args);
  }

  #functionAt(index: number, entry: string) {
    const found = this.#functions[index];
    if (typeof found === "function") return found;
    throw new KernelError(`the assembly has no function ${entry}`);
  }

  #global(name: string): WebAssembly.Global {
    const found = this.#exports[name];
    if (found instanceof WebAssembly.Global) return found;
    throw new KernelError(`the assembly has no global ${name}`);
  }
}
