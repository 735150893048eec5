import type { Fields } from "./config/fields.ts";
import { RefusedFileError } from "./refusal.ts";
import type { TensorEntry } from "./safetensorsHeader.ts";
import type { Warning } from "./warnings.ts";

/** Tensors that only quantised weights have beside them, by the method that writes them. */
const companions: readonly (readonly [RegExp, method: string])[] = [
  [/\.(nested_)?(absmax|quant_map)$|\.quant_state\.|\.(SCB|weight_format)$/, "bitsandbytes"],
  [/\.(qweight|qzeros|g_idx)$/, "GPTQ or AWQ"],
  [/\.weight_(packed|shape|zero_point|g_idx)$/, "compressed-tensors"],
  [/\.(weight|input|output)_scale(_inv|_2)?$/, "FP8"],
  [/\.(codes|codebooks)$/, "AQLM"],
  [/\.W_q$/, "HQQ"],
  [/\.weight\._(data|scale|shift)$/, "Quanto"],
  [/_proj_(blocks|scales)$/, "MXFP4"],
];

/** Methods by what config.json calls them. */
const methods: ReadonlyMap<string, string> = new Map([
  ["bitsandbytes", "bitsandbytes"],
  ["gptq", "GPTQ"],
  ["awq", "AWQ"],
  ["fp8", "FP8"],
  ["fbgemm_fp8", "FP8"],
  ["aqlm", "AQLM"],
  ["hqq", "HQQ"],
  ["quanto", "Quanto"],
  ["mxfp4", "MXFP4"],
]);

/** What quantised the weights of a checkpoint by its config.json; nothing where it says that they are whole. */
export function quantisationIn(fields: Fields): string | undefined {
  for (const key of ["quantization_config", "compression_config", "quantization"]) {
    if (!fields.isNested(key)) continue;
    const entries = new Map(fields.nested(key)!.entries());
    const name = entries.get("quant_method");
    if (typeof name === "string" && name !== "") return methods.get(name.toLowerCase()) ?? name;
    if (["load_in_4bit", "load_in_8bit", "_load_in_4bit", "_load_in_8bit"].some((each) => entries.get(each) === true)) {
      return "bitsandbytes";
    }
    return key === "quantization" ? "MLX" : "a method that it does not name";
  }
  return undefined;
}

/**
 * Refuses weights that are no plain numbers, by what made them so.
 *
 * @param said the method that config.json names.
 * @param isWhole whether all tensors that the model reads are there as numbers, in their shapes.
 * @returns what config.json says and the weights do not bear out.
 * @throws RefusedFileError
 */
export function refuseQuantised(
  { name: file, entries }: { readonly name: string; readonly entries: ReadonlyMap<string, TensorEntry> },
  said: string | undefined,
  isWhole: boolean,
): readonly Warning[] {
  if (isWhole) {
    if (said === undefined) return [];
    const message = `config.json says that the weights are quantised with ${said}; they are not, and are read as they are.`;
    return [{ code: "config-set-aside", message }];
  }
  const beside = methodOf(entries);
  if (said === undefined && beside === undefined) return [];
  throw new RefusedFileError(
    "dtype-unsupported",
    `${file} holds weights that are quantised with ${said ?? beside!.method}${beside ? `, with ${beside.tensor} among them` : ", as config.json says"}`,
    "Take the checkpoint that they were made from, in F32, F16 or BF16.",
  );
}

function methodOf(entries: ReadonlyMap<string, TensorEntry>): { method: string; tensor: string } | undefined {
  for (const [pattern, method] of companions) {
    for (const tensor of entries.keys()) if (pattern.test(tensor)) return { method, tensor };
  }
  for (const [tensor, { dtype }] of entries) {
    if (dtype.startsWith("F8_")) return { method: "FP8", tensor };
    if (dtype === "U32" && entries.has(tensor.replace(/weight$/, "scales"))) return { method: "MLX", tensor };
  }
  return undefined;
}

/** Refuses a model that was saved with an adapter in it, and an adapter in a model's place. @throws RefusedFileError */
export function refuseAdapter(file: string, names: readonly string[]): void {
  const isPart = (name: string) => /(^|\.)(lora_\w+|base_layer|modules_to_save|original_module)(\.|$)/.test(name);
  const part = names.find(isPart);
  if (part === undefined) return;
  if (names.every((name) => /(^|\.)(lora_\w+|modules_to_save)(\.|$)/.test(name))) {
    throw new RefusedFileError("adapter-alone", `${file} holds an adapter and no model`, ADAPTER_HINT);
  }
  throw new RefusedFileError(
    "adapter-unmerged",
    `${file} is a PEFT model that was saved without merging its adapter: it has ${part}`,
    'Merge and save it in Python, then open what that wrote: model = model.merge_and_unload(); model.save_pretrained("merged").',
  );
}

/** What to do with an adapter. */
export const ADAPTER_HINT = "Give the model that it was trained on; the adapter itself is opened as an adapter.";
