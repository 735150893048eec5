import type { ElementFormat } from "../kernels/formats.ts";
import type { Numbers } from "../kernels/kernel.ts";
import type { BoundDispatch, Device, Memory, Program, Readback } from "./device.ts";
import type { Ledger } from "./ledger.ts";

/**
 * A device lent for a while: the same memory and pipelines, but everything that is made through it goes when it is
 * destroyed, whoever made it. The device itself stays.
 */
export class DeviceScope implements Device {
  readonly kind: Device["kind"];
  readonly ledger: Ledger;
  readonly lost: Promise<never>;
  readonly #device: Device;
  readonly #made: { destroy(): void }[] = [];
  readonly #choiceBefore: string | undefined;

  constructor(device: Device) {
    this.#device = device;
    this.kind = device.kind;
    this.ledger = device.ledger;
    this.lost = device.lost;
    this.#choiceBefore = device.kernelChoice;
  }

  get kernelChoice(): string | undefined {
    return this.#device.kernelChoice;
  }

  set kernelChoice(choice: string | undefined) {
    this.#device.kernelChoice = choice;
  }

  allocate(label: string, length: number, format?: ElementFormat): Memory {
    return this.#keep(this.#device.allocate(label, length, format));
  }

  write(memory: Memory, offset: number, values: ArrayLike<number>): void {
    this.#device.write(memory, offset, values);
  }

  read(memory: Memory, offset: number, length: number): Promise<Numbers> {
    return this.#device.read(memory, offset, length);
  }

  async compile(label: string, dispatches: readonly BoundDispatch[]): Promise<Program> {
    return this.#keep(await this.#device.compile(label, dispatches));
  }

  settle(): Promise<void> {
    return this.#device.settle();
  }

  readback(memory: Memory, offset: number, length: number): Readback {
    return this.#keep(this.#device.readback(memory, offset, length));
  }

  submit(programs: readonly Program[], readbacks?: readonly Readback[]): Promise<Numbers>[] {
    return this.#device.submit(programs, readbacks);
  }

  room(): Promise<void> {
    return this.#device.room();
  }

  idle(): Promise<void> {
    return this.#device.idle();
  }

  destroy(): void {
    this.kernelChoice = this.#choiceBefore;
    for (const each of this.#made.splice(0)) each.destroy();
  }

  #keep<T extends { destroy(): void }>(made: T): T {
    this.#made.push(made);
    return made;
  }
}
