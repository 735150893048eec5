import type { AdapterConfig } from "../checkpoint/adapterConfig.ts";
import { mergeHint } from "../checkpoint/peftKinds.ts";
import { listed, RefusedFileError } from "../checkpoint/refusal.ts";
import type { HostTensor } from "../checkpoint/safetensors.ts";
import { readingOf } from "../data/runData.ts";
import type { Transformer } from "../model/transformer.ts";
import type { ParameterValues } from "../run/namedParameters.ts";
import type { RunConfig } from "../settings/config.ts";
import { predictsTokens, type Task, taskTraitsOf } from "../tasks/task.ts";

/** The model that an adapter is put on, and the task of the run; what has to be read is read when it is asked for. */
export interface AdapterBase {
  readonly transformer: Transformer;
  /** Its weights. */
  tensors(): Promise<ReadonlyMap<string, HostTensor>>;
  task(): Promise<Task>;
}

/** Modules with which models end, for classes, scores or spans; no model reads them here. */
const heads: ReadonlySet<string> = new Set(["classifier", "score", "pre_classifier", "qa_outputs"]);

/** Tables of words, which also are the last layer of models without one of its own. */
const words: ReadonlySet<string> = new Set(["wte.weight", "embed_tokens.weight", "shared.weight"]);

/**
 * What becomes of tensors that an adapter replaces whole: an output layer is the run's where that has its form, and is
 * left out where not; what is the base's own to the bit is nothing new.
 *
 * @param file for messages.
 * @throws RefusedFileError for anything else, which a run leaves as the base has it.
 */
export async function takeSaved(
  saved: ReadonlyMap<string, HostTensor>,
  config: AdapterConfig,
  settings: RunConfig,
  base: AdapterBase,
  file: string,
): Promise<{ readonly values: ReadonlyMap<string, ParameterValues>; readonly warnings: readonly string[] }> {
  const { transformer } = base;
  const warnings: string[] = [];
  const [inBase, others] = divided([...saved.keys()], (name) => baseName(name, transformer) !== undefined);
  const [ends, unknown] = divided(others, (name) => isHead(name, config.savedModules));
  if (unknown.length > 0) {
    throw new RefusedFileError(
      "adapter-unsupported",
      `${file} has tensors that are not the adapter's and belong to no layer of the model: ${listed(unknown)}`,
      "Choose the model that the adapter was made for.",
    );
  }
  if (inBase.length > 0) {
    const tensors = await base.tensors();
    const isSame = (name: string) => areEqual(saved.get(name)!, tensors.get(baseName(name, transformer)!));
    const [same, changed] = divided(inBase, isSame);
    if (changed.length > 0) {
      throw new RefusedFileError(
        "adapter-unsupported",
        `${file} replaces weights of the base, which stay as they are in a run of an adapter: ${listed(changed)}`,
        mergeHint(config.taskType),
      );
    }
    warnings.push(`Left out: ${listed(same)}; the model has the same anyway.`);
  }
  if (ends.length === 0) return { values: new Map(), warnings };
  const head = new Map(ends.map((name) => [name, saved.get(name)!]));
  const { values, problem, classes } = await takeHead(head, settings, base);
  warnings.push(
    values.size > 0
      ? `Taken as the run's head: ${listed(ends)}${classes ? `; its rows are the classes ${classes.join(", ")} in this order` : ""}.`
      : `Left out: ${listed(ends)}; ${problem}.`,
  );
  return { values, warnings };
}

interface Head {
  readonly values: ReadonlyMap<string, ParameterValues>;
  /** Why it is none of the run's. */
  readonly problem?: string;
  readonly classes?: readonly string[];
}

/** The output layer, where the run's is the same function: one dense layer on what BERT's pooler makes of a packed pair. */
async function takeHead(head: ReadonlyMap<string, HostTensor>, settings: RunConfig, base: AdapterBase): Promise<Head> {
  const none = (problem: string): Head => ({ values: new Map(), problem });
  const { transformer } = base;
  if (predictsTokens(taskTraitsOf(settings))) return none("the task has no output layer");
  const weight = head.get("classifier.weight");
  const bias = head.get("classifier.bias");
  if (!weight || head.size !== (bias ? 2 : 1)) return none("the output layer here is one dense layer");
  if (transformer.family !== "bert" || readingOf(settings, base) !== "packed") {
    return none("the output layer here reads another vector than the one that it was trained on");
  }
  const task = await base.task().catch(() => undefined);
  if (!task) return none("the data of the task is not at hand");
  const classes = task.kind === "classification" ? task.classes : undefined;
  const shape = [classes?.length ?? 1, transformer.width];
  if (weight.shape.join() !== shape.join() || (bias && bias.shape.join() !== `${shape[0]}`)) {
    return none(`it is [${weight.shape.join(", ")}], the task's is [${shape.join(", ")}]`);
  }
  const values = new Map<string, ParameterValues>([
    ["head.weight", weight],
    ["head.bias", bias ?? { shape: [shape[0]!], values: new Float32Array(shape[0]!) }],
  ]);
  return { values, ...(classes && { classes }) };
}

/** The tensor of the model that a name means, whatever classes put before it. */
function baseName(name: string, { tensors }: Transformer): string | undefined {
  const find = (wanted: string) =>
    tensors.find((each) => !each.constant && (wanted === each.name || wanted.endsWith(`.${each.name}`)))?.name;
  if (!/(^|\.)lm_head\.weight$/.test(name)) return find(name);
  return find(name) ?? tensors.find((each) => words.has(each.name))?.name;
}

function isHead(name: string, savedModules: readonly string[]): boolean {
  const parts = name.split(".").slice(0, -1);
  return parts.some((part) => heads.has(part) || savedModules.includes(part));
}

function areEqual(one: HostTensor, other: HostTensor | undefined): boolean {
  return (
    other !== undefined &&
    one.shape.join() === other.shape.join() &&
    one.values.every((value, at) => value === other.values[at])
  );
}

function divided<T>(all: readonly T[], test: (each: T) => boolean): [yes: T[], no: T[]] {
  return [all.filter(test), all.filter((each) => !test(each))];
}
