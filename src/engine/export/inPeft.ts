import type { Device } from "../device/device.ts";
import { ConfigError } from "../errors.ts";
import { hasForm } from "../methods/adapters/peftForm.ts";
import { scheduleOf } from "../methods/ranks/index.ts";
import type { TrainingSession } from "../run/session.ts";
import { layerParameters } from "./layerParameters.ts";
import { formFiles, type PeftFiles, type PeftOptions, peftFiles } from "./peft.ts";
import { trimmed } from "./trim.ts";
import { layerUpdates, pairsAmong } from "./updates.ts";

/** An adapter as PEFT has it. */
export interface InPeft {
  readonly files: PeftFiles;
  /** What its config calls the kind. */
  readonly type: string;
  /** Whether it is PEFT's own form of the method rather than pairs that are folded to LoRA. */
  readonly isOwn: boolean;
  /** ‖ΔW − ΔWₖ‖ / ‖ΔW‖ of the layer that trimming changed most; absent where nothing was trimmed. */
  readonly trimError: number | undefined;
}

/**
 * A run's adapter for PEFT: in the form that its entry names, or folded to LoRA where it has none, where PEFT has it for
 * other layers alone, where settings start it where the form cannot, where a rank schedule keeps more than the parameters, and where pairs are trimmed.
 *
 * @returns a sentence where PEFT cannot have it, and nothing where no layer has an update of its own.
 * @throws ConfigError where there are no pairs to be trimmed.
 */
export async function inPeft(
  device: Device,
  { network, step, config }: Pick<TrainingSession, "network" | "step" | "config">,
  { trim, ...options }: PeftOptions & { readonly trim: boolean },
): Promise<InPeft | { readonly refusal: string } | undefined> {
  const { method, groups } = network;
  if (method.kind !== "adapter") return undefined;
  const { peft, label } = method.adapter;
  if (typeof peft === "object" && "refused" in peft) return { refusal: `${label}: ${peft.refused}` };
  const isTurned = groups.some(({ layers }) => layers[0]!.storedInByOut);
  if (
    !trim &&
    !scheduleOf(config) &&
    hasForm(peft) &&
    !(peft.linearOnly && isTurned) &&
    (peft.suits?.(method.settings) ?? true)
  ) {
    const files = formFiles(peft, method.settings, await layerParameters(device, network), options);
    return { files, type: peft.kind.peft_type, isOwn: true, trimError: undefined };
  }
  const pairs = pairsAmong(await layerUpdates(device, network, step));
  if (!pairs && trim) {
    throw new ConfigError(
      `${label} changes weights as no pair of matrices B·A can, so that there is no rank to trim`,
      "Export it untrimmed, or download the merged model.",
    );
  }
  if (!pairs) return { refusal: `PEFT has ${label} for nn.Linear alone, and layers of this model are Conv1D` };
  const short = trim ? pairs.map(trimmed) : undefined;
  return {
    files: peftFiles(short?.map(({ pair }) => pair) ?? pairs, options),
    type: "LORA",
    isOwn: false,
    trimError: short && Math.max(...short.map(({ error }) => error)),
  };
}
