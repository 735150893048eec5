import { kindOfTensor } from "../checkpoint/peftKinds.ts";
import { listed, RefusedFileError, shown } from "../checkpoint/refusal.ts";
import type { HostTensor, SafetensorsFile } from "../checkpoint/safetensors.ts";
import { finitenessInWords, notFiniteIn } from "../ops/finite.ts";

/** The matrices of one adapted module. */
export interface ModulePair {
  /** The module's name in the model that was adapted. */
  readonly module: string;
  /** [rank, in] */
  readonly A: HostTensor;
  /** [out, rank] */
  readonly B: HostTensor;
  /** Of B, [out]; part of the update, and scaled like it. */
  readonly bias: HostTensor | undefined;
}

/** What an adapter's weights hold. */
export interface PeftTensors {
  readonly pairs: readonly ModulePair[];
  /** Tensors of whole modules, by their names in the model that was adapted. */
  readonly saved: ReadonlyMap<string, HostTensor>;
  /** Names of tensors that PEFT itself does not read: originals of modules that are saved whole. */
  readonly originals: readonly string[];
}

/** What PEFT, PyTorch and trainers put before names, each of them any number of times. */
const WRAPPERS = /^(?:base_model\.model\.|_orig_mod\.|_fsdp_wrapped_module\.|module\.)+/;
const WITHIN = /\._(?:orig_mod|fsdp_wrapped_module)(?=\.)/g;

const LORA = /^(.+)\.lora_([AB])(?:\.([^.]+))?\.(weight|bias)$/;
const WHOLE = /^(.+)\.(?:modules_to_save|(original_module))\.(.+)$/;

/**
 * Sorts an adapter's tensors by what their names mean, whatever wrapped the model when it was saved and whatever the
 * adapter was called there.
 *
 * @throws RefusedFileError for tensors of other methods than LoRA, for several adapters, and for half of a pair.
 */
export function readPeftTensors(weights: SafetensorsFile, taskType: string | undefined): PeftTensors {
  const parts = new Map<string, Map<string, HostTensor>>();
  const saved = new Map<string, HostTensor>();
  const originals: string[] = [];
  const plainly = (name: string) => name.replace(WRAPPERS, "").replace(WITHIN, "");
  const adapters = new Set(
    weights.names.flatMap((name) => {
      const [, module, , adapter] = LORA.exec(plainly(name)) ?? [];
      return module === undefined ? [] : [adapter ?? ""];
    }),
  );
  assertOne(adapters, weights.name);
  const add = <T>(to: Map<string, T>, key: string, value: T, name: string) => {
    if (to.has(key)) throw refuse("tensor-twice", `${weights.name}: ${shown(name)} is there twice under several names`);
    to.set(key, value);
  };
  for (const name of weights.names) {
    const other = kindOfTensor(name, taskType);
    if (other) {
      throw refuse(
        "adapter-unsupported",
        `${weights.name}: ${shown(name)} belongs to ${other.name}, which is not plain LoRA`,
        other.hint,
      );
    }
    const plain = plainly(name);
    const [, module, factor, , part] = LORA.exec(plain) ?? [];
    if (module !== undefined && (part === "weight" || factor === "B")) {
      const own = parts.get(module) ?? new Map<string, HostTensor>();
      parts.set(module, own);
      add(own, part === "bias" ? part : factor!, finite(weights, name), name);
      continue;
    }
    const [, whole, isOriginal, inside] = WHOLE.exec(plain) ?? [];
    if (isOriginal !== undefined) originals.push(name);
    else {
      const key =
        whole === undefined ? plain.replace(".base_layer.", ".") : `${whole}.${withoutAdapter(inside!, adapters)}`;
      add(saved, key, finite(weights, name), name);
    }
  }
  if (parts.size === 0) throw noMatrices(weights.name);
  const halves = [...parts].filter(([, own]) => !own.has("A") || !own.has("B")).map(([module]) => module);
  if (halves.length > 0) {
    throw refuse(
      "tensor-missing",
      `${weights.name}: only half of ${listed(halves)} is there`,
      "An update is a product of lora_A and lora_B. Take an undamaged copy of the adapter.",
    );
  }
  const pairs = [...parts].map(([module, own]) => ({
    module,
    A: own.get("A")!,
    B: own.get("B")!,
    bias: own.get("bias"),
  }));
  return { pairs, saved, originals };
}

/** What is in a module that is saved whole, without the adapter's name before it. */
function withoutAdapter(inside: string, adapters: ReadonlySet<string>): string {
  const name = ["default", ...adapters].find((each) => each !== "" && inside.startsWith(`${each}.`));
  return name === undefined ? inside : inside.slice(name.length + 1);
}

/** @throws RefusedFileError naming all adapters where there are several. */
function assertOne(adapters: ReadonlySet<string>, file: string): void {
  const names = [...adapters].map((name) => name || "one without a name");
  if (names.length < 2) return;
  throw refuse(
    "adapter-unsupported",
    `${file} holds ${names.length} adapters: ${listed(names)}`,
    `Save one of them: model.save_pretrained("FOLDER", selected_adapters=[${JSON.stringify([...adapters].find(Boolean))}])`,
  );
}

function noMatrices(file: string): RefusedFileError {
  return refuse(
    "adapter-unsupported",
    `${file} has no lora_A and lora_B, the matrices of a LoRA adapter`,
    "Where it is a model's weights, open them with their config.json as a model.",
  );
}

function finite(weights: SafetensorsFile, name: string): HostTensor {
  const tensor = weights.read(name);
  const notFinite = notFiniteIn(tensor);
  if (!notFinite) return tensor;
  throw refuse(
    "tensor-not-finite",
    `${weights.name}: ${shown(name)} ${finitenessInWords(notFinite)}`,
    "Nothing can be trained from it. Take an undamaged copy of the adapter.",
  );
}

function refuse(...given: ConstructorParameters<typeof RefusedFileError>): RefusedFileError {
  return new RefusedFileError(...given);
}
