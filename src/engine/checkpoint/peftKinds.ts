/** What adapters of PEFT's other kinds are called, by its `peft_type`, where PEFT can merge them into the base. */
const mergeable: ReadonlyMap<string, string> = new Map([
  ["ADALORA", "AdaLoRA"],
  ["BOFT", "BOFT"],
  ["BONE", "Bone"],
  ["C3A", "C³A"],
  ["DELORA", "DeLoRA"],
  ["FOURIERFT", "FourierFT"],
  ["GRALORA", "GraLoRA"],
  ["HIRA", "HiRA"],
  ["HRA", "HRA"],
  ["IA3", "(IA)³"],
  ["LN_TUNING", "tuning of the normalisations"],
  ["LOHA", "LoHa"],
  ["LOKR", "LoKr"],
  ["MISS", "MiSS"],
  ["OFT", "OFT"],
  ["OSF", "OSF"],
  ["PVERA", "PVeRA"],
  ["RANDLORA", "RandLoRA"],
  ["ROAD", "RoAd"],
  ["SHIRA", "SHiRA"],
  ["TRAINABLE_TOKENS", "trainable tokens"],
  ["VBLORA", "VB-LoRA"],
  ["VERA", "VeRA"],
  ["WAVEFT", "WaveFT"],
]);

/** Kinds whose effect is no change of weights, by what they are instead. */
const unmergeable: ReadonlyMap<string, readonly [name: string, what: string]> = new Map([
  ["ADAPTION_PROMPT", ["LLaMA-Adapter", "prompts within the attention"]],
  ["CARTRIDGE", ["cartridges", "learnt keys and values before the text"]],
  ["CPT", ["context-aware prompt tuning", "learnt tokens before the text"]],
  ["MULTITASK_PROMPT_TUNING", ["multitask prompt tuning", "learnt tokens before the text"]],
  ["POLY", ["Poly", "adapters that a router mixes by the task"]],
  ["PREFIX_TUNING", ["prefix tuning", "learnt keys and values before the text"]],
  ["PROMPT_TUNING", ["prompt tuning", "learnt tokens before the text"]],
  ["P_TUNING", ["P-tuning", "learnt tokens before the text"]],
  ["XLORA", ["X-LoRA", "adapters that a router mixes by the text"]],
]);

/** Parts of tensors' names that only adapters of one kind have. */
const marks: readonly (readonly [mark: RegExp, name: string])[] = [
  [/\.lora_magnitude_vector\b/, "DoRA"],
  [/\.hada_[wt]\d/, "LoHa"],
  [/\.lokr_[wt]\d/, "LoKr"],
  [/\.ia3_l\b/, "(IA)³"],
  [/\.lora_E\b|\.ranknum\b/, "AdaLoRA"],
  [/\.vera_lambda_/, "VeRA"],
  [/\.oft_[rR]\b/, "OFT"],
  [/\.boft_[Rs]\b/, "BOFT"],
  [/\.hra_u\b/, "HRA"],
  [/\.hira_[AB]\b/, "HiRA"],
  [/\.miss_block\b/, "MiSS"],
  [/\.trainable_tokens_/, "trainable tokens"],
  [/\.lora_embedding_[AB]\b/, "LoRA on an embedding"],
];

/** Kinds that learn what no weight holds, by their tensors. */
const promptMarks = /\bprompt_embeddings\b|\bprompt_encoder\b|\badaption_prompt\b/;

/** What is no plain LoRA: its name, and what to do to have it here. */
export interface OtherKind {
  readonly name: string;
  readonly hint: string;
}

/** @returns nothing where the type is none that PEFT is known to have. */
export function otherKind(peftType: string, taskType: string | undefined): OtherKind | undefined {
  const name = mergeable.get(peftType);
  if (name !== undefined) return { name, hint: mergeHint(taskType) };
  const [prompt, what] = unmergeable.get(peftType) ?? [];
  return prompt === undefined
    ? undefined
    : {
        name: prompt,
        hint: `It is ${what} and no change of weights, so that it can neither be loaded nor merged into a model.`,
      };
}

/** The kind that a tensor's name gives away, whatever the config says. */
export function kindOfTensor(name: string, taskType: string | undefined): OtherKind | undefined {
  if (promptMarks.test(name)) return otherKind("PROMPT_TUNING", taskType);
  const [, kind] = marks.find(([mark]) => mark.test(name)) ?? [];
  return kind === undefined ? undefined : { name: kind, hint: mergeHint(taskType) };
}

/** Starts that change the base's own weights, by what `init_lora_weights` begins with. */
const starts: ReadonlyMap<string, string> = new Map([
  ["pissa", "PiSSA"],
  ["olora", "OLoRA"],
  ["corda", "CorDA"],
  ["lora_ga", "LoRA-GA"],
]);

/** @returns nothing where the start leaves the base as it is, or is none that PEFT is known to have. */
export function startThatChangesBase(start: string, taskType: string | undefined): OtherKind | undefined {
  const written = start.toLowerCase();
  if (written === "loftq") {
    return {
      name: "LoftQ",
      hint: `It belongs to a base that LoftQ quantised, which is another model than the one that it was made from. Merge it into that base. ${mergeHint(taskType)}`,
    };
  }
  const [, name] = [...starts].find(([key]) => written === key || written.startsWith(`${key}_niter`)) ?? [];
  if (name === undefined) return undefined;
  return {
    name,
    hint: `Convert it to plain LoRA in Python, where INITIAL is the adapter that was saved before training:
model = PeftModel.from_pretrained(${base(taskType)}, "FOLDER")
model.save_pretrained("converted", path_initial_model_for_weight_conversion="INITIAL")
Without INITIAL, end the first line with .merge_and_unload(), the second after "merged", and open the folder merged as a model.`,
  };
}

/** How PEFT makes a model of any adapter that is a change of weights. */
export function mergeHint(taskType: string | undefined): string {
  return `Merge it in Python, and open the folder merged, with the base's tokenizer, as a model:
model = PeftModel.from_pretrained(${base(taskType)}, "FOLDER").merge_and_unload()
model.save_pretrained("merged")`;
}

const classes: ReadonlyMap<string, string> = new Map([
  ["CAUSAL_LM", "AutoModelForCausalLM"],
  ["SEQ_2_SEQ_LM", "AutoModelForSeq2SeqLM"],
  ["SEQ_CLS", "AutoModelForSequenceClassification"],
  ["TOKEN_CLS", "AutoModelForTokenClassification"],
  ["QUESTION_ANS", "AutoModelForQuestionAnswering"],
]);

function base(taskType: string | undefined): string {
  return `${classes.get(taskType ?? "") ?? "AutoModel"}.from_pretrained("BASE")`;
}
