import { parseReference } from "../model/reference.ts";
import type { Transformer } from "../model/transformer.ts";
import type { RunConfig } from "../settings/config.ts";
import { predictsTokens, taskTraitsOf } from "../tasks/task.ts";
import type { PythonModel } from "./peft.ts";

/** The class of the transformers library that a run's adapter is for; there is none for use-lite. */
export function pythonModelOf(config: RunConfig, family: Transformer["family"]): PythonModel | undefined {
  const writes = predictsTokens(taskTraitsOf(config));
  switch (family) {
    case "use-lite":
      return undefined;
    case "t5":
      return { autoClass: "AutoModelForSeq2SeqLM", taskType: "SEQ_2_SEQ_LM", prefix: "" };
    case "gpt2":
    case "llama":
      if (writes) {
        const prefix = family === "gpt2" ? "transformer." : "model.";
        return { autoClass: "AutoModelForCausalLM", taskType: "CAUSAL_LM", prefix };
      }
  }
  return { autoClass: "AutoModel", taskType: "FEATURE_EXTRACTION", prefix: "" };
}

/** What a model is called where it comes from, and its revision there. */
export function baseOf(reference: string): { readonly base: string; readonly revision?: string } {
  const model = parseReference(reference);
  if (model.kind === "hub") return { base: `${model.owner}/${model.name}`, revision: model.revision };
  return { base: model.name };
}
