import { kindOfTensor } from "../checkpoint/peftKinds.ts";
import { listed, RefusedFileError, shown } from "../checkpoint/refusal.ts";
import type { HostTensor, SafetensorsFile } from "../checkpoint/safetensors.ts";
import type { ByName } from "../methods/adapters/adapter.ts";
import { finitenessInWords, notFiniteIn } from "../ops/finite.ts";

/** The parameters of one adapted module, by the adapter's own names. */
export interface PeftModule {
  /** The module's name in the model that was adapted. */
  readonly module: string;
  readonly values: ByName<HostTensor>;
  /** Of lora_B, [out]; part of the update, and scaled like it. */
  readonly bias: HostTensor | undefined;
}

/** What an adapter's weights hold. */
export interface PeftTensors {
  readonly modules: readonly PeftModule[];
  /** Tensors of whole modules, by their names in the model that was adapted. */
  readonly saved: ReadonlyMap<string, HostTensor>;
  /** Names of tensors that PEFT itself does not read: originals of modules that are saved whole. */
  readonly originals: readonly string[];
}

/** What PEFT, PyTorch and trainers put before names, each of them any number of times. */
const WRAPPERS = /^(?:base_model\.model\.|_orig_mod\.|_fsdp_wrapped_module\.|module\.)+/;
const WITHIN = /\._(?:orig_mod|fsdp_wrapped_module)(?=\.)/g;

/** The only one of PEFT's own that may have a bias. */
const BIASED = "lora_B";
const WHOLE = /^(.+)\.(?:modules_to_save|(original_module))\.(.+)$/;

/**
 * Sorts an adapter's tensors by what their names mean, whatever wrapped the model when it was saved and whatever the
 * adapter was called there.
 *
 * @param names what follows a module's name in the names of an adapter's parameters, all of which there must be.
 * @throws RefusedFileError for tensors of other methods, for several adapters, and for a part of what a module needs.
 */
export function readPeftTensors(
  weights: SafetensorsFile,
  taskType: string | undefined,
  names: ByName<string>,
): PeftTensors {
  const own = new Map(Object.entries(names).map(([parameter, name]) => [name.split(".")[0]!, parameter]));
  // Between the name and what it is a part of stands what the adapter was called.
  const named = new RegExp(
    String.raw`^(.+)\.(${[...own.keys()].join("|")})(?:\.(?!(?:weight|bias)$)([^.]+))?(?:\.(weight|bias))?$`,
  );
  const parts = new Map<string, Map<string, HostTensor>>();
  const saved = new Map<string, HostTensor>();
  const originals: string[] = [];
  const plainly = (name: string) => name.replace(WRAPPERS, "").replace(WITHIN, "");
  const adapters = new Set(
    weights.names.flatMap((name) => {
      const [, module, , adapter] = named.exec(plainly(name)) ?? [];
      return module === undefined ? [] : [adapter ?? ""];
    }),
  );
  assertOne(adapters, weights.name);
  const add = <T>(to: Map<string, T>, key: string, value: T, name: string) => {
    if (to.has(key)) throw refuse("tensor-twice", `${weights.name}: ${shown(name)} is there twice under several names`);
    to.set(key, value);
  };
  for (const name of weights.names) {
    const plain = plainly(name);
    const [, module, theirs, , part] = named.exec(plain) ?? [];
    if (module !== undefined && (part !== "bias" || theirs === BIASED)) {
      const found = parts.get(module) ?? new Map<string, HostTensor>();
      parts.set(module, found);
      add(found, part === "bias" ? part : own.get(theirs!)!, finite(weights, name), name);
      continue;
    }
    const other = kindOfTensor(name, taskType);
    if (other) {
      throw refuse(
        "adapter-unsupported",
        `${weights.name}: ${shown(name)} belongs to ${other.name}, which the adapter's config does not say it is`,
        other.hint,
      );
    }
    const [, whole, isOriginal, inside] = WHOLE.exec(plain) ?? [];
    if (isOriginal !== undefined) originals.push(name);
    else {
      const key =
        whole === undefined ? plain.replace(".base_layer.", ".") : `${whole}.${withoutAdapter(inside!, adapters)}`;
      add(saved, key, finite(weights, name), name);
    }
  }
  const all = listed([...own.keys()]);
  if (parts.size === 0) {
    throw refuse(
      "adapter-unsupported",
      `${weights.name} has no ${all}, which an adapter of its kind consists of`,
      "Where it is a model's weights, open them with their config.json as a model.",
    );
  }
  const halves = [...parts].filter(([, found]) => ![...own.values()].every((each) => found.has(each)));
  if (halves.length > 0) {
    throw refuse(
      "tensor-missing",
      `${weights.name}: only a part of ${listed(halves.map(([module]) => module))} is there`,
      `Every layer has ${all}. Take an undamaged copy of the adapter.`,
    );
  }
  const modules = [...parts].map(([module, found]) => {
    const { bias, ...values } = Object.fromEntries(found);
    return { module, values, bias };
  });
  return { modules, saved, originals };
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
