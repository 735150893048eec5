import { defaultConfig, type RunConfig, suitedLearningRate } from "../../engine/settings/config.ts";
import { factorsInWords } from "./factors.ts";
import { type PresetCost, presetCosts } from "./presetCosts.ts";

/** What one comes to the gallery for, in its order. */
export const goals = {
  effect: "Watch the effect",
  change: "Change what a model writes and knows",
} as const;

/** What one should have met before. */
export const levels = { 1: "first steps", 2: "some maths" } as const;

export interface Preset {
  readonly id: string;
  readonly goal: keyof typeof goals;
  readonly title: string;
  readonly text: string;
  readonly facts: string;
  readonly level: keyof typeof levels;
  /** What of its recording stands for it: the spectrum, or what the model wrote before training and at the end. */
  readonly shows: "spectrum" | "writing";
  readonly config: RunConfig;
  readonly cost: PresetCost;
}

/** The usual settings with another method and the learning rate that suits it. */
function suited(method: RunConfig["method"]): RunConfig {
  const config = { ...defaultConfig, method };
  return { ...config, learningRate: suitedLearningRate(config) };
}

/** The method that others are looked at beside: what the lab offers next after a run of another one. */
export const baseline: RunConfig["method"] = "lora";

const offered: readonly Omit<Preset, "cost">[] = [
  {
    id: "collapse",
    goal: "effect",
    level: 1,
    shows: "spectrum",
    title: "Watch an update choose its rank",
    text: "A thousand verse pairs, compressed Deep LoRA of rank 8. Eight singular values start equal; watch how many grow.",
    facts: "pd-bert · verse similarity · Deep LoRA",
    config: defaultConfig,
  },
  {
    id: "lora",
    goal: "effect",
    level: 1,
    shows: "spectrum",
    title: "The same with plain LoRA",
    text: `Two factors instead of ${factorsInWords}: every layer fills whatever rank it is given. Run it after the first to see both.`,
    facts: "pd-bert · verse similarity · LoRA",
    config: suited("lora"),
  },
  {
    id: "paper",
    goal: "effect",
    level: 2,
    shows: "spectrum",
    title: "With the paper's settings",
    text: "Starting a hundred times smaller, outer factors almost still: a plateau of thirty steps, then one direction alone.",
    facts: "pd-bert · verse similarity · Deep LoRA as published",
    config: {
      ...defaultConfig,
      initScale: 1e-3,
      gamma: 1e-2,
      learningRate: 1e-2,
      steps: 200,
      schedule: "constant",
      head: "frozen",
      dropout: 0.1,
    },
  },
  {
    id: "authors",
    goal: "change",
    level: 1,
    shows: "spectrum",
    title: "Who wrote it?",
    text: "Austen, Melville, a president or the Bible: four classes from 1,024 sentences.",
    facts: "pd-bert · authors · narrow Deep LoRA",
    config: {
      ...defaultConfig,
      task: "authors",
      method: "deep-lora-narrow",
      learningRate: 1e-3,
      headLearningRate: 1e-2,
    },
  },
  {
    id: "kjv",
    goal: "change",
    level: 1,
    shows: "writing",
    title: "Write like the King James Bible",
    text: "A small GPT-2 that has never seen it takes on its voice; compare what it writes before and after.",
    facts: "pd-gpt · kjv · Deep LoRA",
    config: {
      ...defaultConfig,
      model: "pd-gpt",
      task: "kjv",
      shots: "all",
      batchSize: 8,
      method: "deep-lora-narrow",
      learningRate: 1e-3,
    },
  },
  {
    id: "king-james",
    goal: "change",
    level: 2,
    shows: "writing",
    title: "Say it like King James",
    text: "Plain verses and how the King James Bible puts them: the loss looks at the answer alone, and held-out verses show it.",
    facts: "pd-gpt · king-james · Deep LoRA",
    config: {
      ...defaultConfig,
      model: "pd-gpt",
      task: "king-james",
      maxTokens: 72,
      batchSize: 8,
      method: "deep-lora-narrow",
      learningRate: 1e-2,
    },
  },
  {
    id: "use-lite",
    goal: "change",
    level: 2,
    shows: "spectrum",
    title: "A sentence encoder from the wild",
    text: "Google's Universal Sentence Encoder Lite, 7 million parameters, on the same verse pairs.",
    facts: "use-lite · verse similarity · Deep LoRA",
    config: { ...defaultConfig, model: "use-lite", learningRate: 1e-3 },
  },
];

/** What the gallery offers; the first is the one that Start opens. */
export const presets: readonly Preset[] = offered.map((preset) => ({ ...preset, cost: presetCosts[preset.id]! }));
