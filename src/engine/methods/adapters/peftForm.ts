import type { Fields, SettingsOf } from "../method.ts";

type Named<T> = Readonly<Record<string, T>>;

/** A tensor on the host, row-major. */
export interface PeftTensor {
  readonly shape: readonly number[];
  readonly values: Float32Array | Float64Array;
}

/** The parameters of one layer, by the adapter's own names. */
export interface PeftLayer {
  readonly shape: { readonly inFeatures: number; readonly outFeatures: number };
  readonly values: Named<PeftTensor>;
}

type Config = Readonly<Record<string, number | string | boolean | null>>;

/** What PEFT keeps once for all layers, and the layers without it. */
export interface Gathered<L extends PeftLayer> {
  readonly config: Config;
  /** By their whole names in the file. */
  readonly tensors: Named<PeftTensor>;
  readonly layers: readonly L[];
}

/** How Hugging Face's PEFT has an adapter, where that is more than a pair of matrices a layer. */
export interface PeftForm<F extends Fields = Fields> {
  /** What adapter_config.json knows it by: `peft_type`, and a mark where several adapters have one type. */
  readonly kind: { readonly peft_type: string; readonly use_dora?: boolean };
  /** What else adapter_config.json says of it, layers apart. */
  config(settings: SettingsOf<F>): Config;
  /** What follows a module's name in the name of each parameter that is kept. */
  readonly tensors: Named<string>;
  /** Whether it holds the update under these settings; it does if not given. */
  suits?(settings: SettingsOf<F>): boolean;
  /** Set where PEFT has it for `nn.Linear` alone, and not for the `Conv1D` of GPT-2. */
  readonly linearOnly?: true;
  /** Set where PEFT keeps parameters of all layers together. */
  gathered?<L extends PeftLayer>(layers: readonly L[], settings: SettingsOf<F>): Gathered<L>;
  /** The settings of a run that goes on from a layer's tensors; LoRA's are read by rules of ranks and scales instead. */
  read?(shapes: Named<readonly number[]>): SettingsOf<F>;
  /** Set where no run can go on from it: why. */
  readonly unread?: string;
}

/** Its own form; "pair", folded to LoRA; or why PEFT cannot have it. */
export type InPeft<F extends Fields = Fields> = PeftForm<F> | "pair" | { readonly refused: string };

/** Whether PEFT has a form of its own for it. */
export function hasForm(peft: InPeft): peft is PeftForm {
  return typeof peft === "object" && "kind" in peft;
}
