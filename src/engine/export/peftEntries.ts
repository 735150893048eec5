import type { AdapterKind } from "../checkpoint/adapterConfig.ts";
import type { Adapter } from "../methods/adapters/adapter.ts";
import { type AdapterName, adapters } from "../methods/adapters/index.ts";
import { hasForm, type PeftForm } from "../methods/adapters/peftForm.ts";

/** An adapter that PEFT has a form of. */
export interface PeftEntry {
  readonly name: AdapterName;
  readonly adapter: Adapter;
  readonly form: PeftForm;
}

const entries: readonly PeftEntry[] = Object.entries<Adapter>(adapters).flatMap(([name, adapter]) =>
  hasForm(adapter.peft) ? [{ name: name as AdapterName, adapter, form: adapter.peft }] : [],
);

/** The adapter that a config of PEFT's is about. */
export function entryOf({ peft_type, use_dora }: AdapterKind): PeftEntry | undefined {
  return entries.find(({ form: { kind } }) => kind.peft_type === peft_type && (kind.use_dora ?? false) === use_dora);
}

/** Whether a run can go on from adapters of a kind, or why not. */
export function readsKind(kind: AdapterKind): boolean | string {
  const entry = entryOf(kind);
  return entry?.form.unread ?? entry !== undefined;
}

/** Whether a tensor's name is one that adapters of PEFT have. */
export function isOfAdapter(name: string): boolean {
  const parts = entries.flatMap(({ form }) => Object.values(form.tensors).map((tensor) => tensor.split(".")[0]!));
  return name.split(".").some((part) => parts.includes(part));
}
