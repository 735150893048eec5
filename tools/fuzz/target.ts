import type { Random } from "./random.ts";

/** A loader that is fuzzed: how an input of it is made, and what must hold. */
export interface Target {
  /** What every refusal must name. */
  readonly file: string;
  input(random: Random): Uint8Array<ArrayBuffer>;
  /** @throws EngineError where the input is refused, anything else where something is wrong. */
  run(bytes: Uint8Array<ArrayBuffer>): unknown;
}
