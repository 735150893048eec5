import type { AdapterKind } from "../kernels/kernel.ts";

/**
 * The processor's arithmetic: another number where sums come in another order than before, or a function of a kernel has
 * other last bits. 1 had products alone in WebAssembly.
 */
export const ARITHMETIC = 2;

/**
 * Where a run was made, as links and files say it: on a graphics card, a software GPU, or a processor of an arithmetic.
 * `unsaid` are runs of links from before these said it.
 */
export type Origin = "hardware" | "software" | `processor-${number}` | "unsaid";

/** Where runs of a kind of device are made. */
export function originOf(kind: AdapterKind): Origin {
  return kind === "cpu" ? `processor-${ARITHMETIC}` : kind;
}

export function isOrigin(text: string): text is Origin {
  return /^(hardware|software|unsaid|processor-[1-9]\d{0,3})$/.test(text);
}

/** A sentence on why losses of a run cannot repeat to the bit here; nothing where they may. */
export function whyNotRepeated(madeOn: Origin | undefined, here: Origin): string | undefined {
  if (madeOn === undefined || madeOn === here) return undefined;
  const cannot = `Here, on ${inWords(here)}, its losses cannot repeat to the bit.`;
  if (madeOn !== "unsaid") return `This run was made on ${inWords(madeOn)}. ${cannot}`;
  // Runs were a graphics device's then, or of an earlier arithmetic.
  return isProcessor(here) ? `This link is from before links said where their run was made. ${cannot}` : undefined;
}

export function isProcessor(origin: Origin): boolean {
  return origin.startsWith("processor");
}

function inWords(origin: Origin): string {
  if (origin === "hardware") return "a graphics card";
  if (origin === "software") return "a software GPU";
  return origin === originOf("cpu") ? "a processor" : `a processor of arithmetic ${origin.slice("processor-".length)}`;
}
