import { methodNamed } from "../methods/index.ts";
import { settingsOf } from "../methods/method.ts";
import { optimizers } from "../methods/optimizers/index.ts";
import type { Optimizer } from "../methods/optimizers/optimizer.ts";
import { scheduleOf } from "../methods/ranks/index.ts";
import { type ModelSummary, pickedLayers } from "../model/modelSummary.ts";
import { hasRank, type Trained, trainedBy } from "./chosenMethod.ts";
import type { FieldName, RunConfig } from "./config.ts";

interface Problem {
  readonly field: FieldName;
  readonly problem: string;
}

/** What is wrong with a method, an optimizer and a rank schedule: their settings by themselves, beside each other, and for the model's layers. */
export function methodProblemsOf(
  config: RunConfig,
  model: ModelSummary,
  { hasHead }: { readonly hasHead: boolean },
): Problem[] {
  const method = methodNamed(config.method);
  const { problems: ruledOut, rank }: Optimizer = optimizers[config.optimizer];
  const trained = trainedBy(config);
  const run = { trains: method.trains, hasMatrices: hasMatrices(trained) };
  const ranks = scheduleOf(config);
  const adapter = trained.kind === "adapter" ? trained : undefined;
  const scheduled = { method: method.label, adapter, rank: config.rank, steps: config.steps };
  const problems = [
    ...(method.problems?.(settingsOf(method, config)) ?? []),
    ...(ruledOut?.(config, run) ?? []),
    ...(ranks?.schedule.problems(ranks.settings, scheduled) ?? []),
  ] as Problem[];
  const layers = trained.kind === "head" ? [] : [...pickedLayers(model, config.targets, !hasHead)];
  const shapes = layers.map((layer) => [layer, ...model.layers.get(layer)!] as const);
  const isFit = !problems.some(({ field }) => field === "rank");
  if (hasRank(config) && isFit)
    problems.push(...tooLarge("rank", config.rank, directionsOf(trained) ?? config.rank, shapes));
  if (rank !== undefined && trained.kind === "full") {
    const field = rank as FieldName;
    problems.push(...tooLarge(field, Number(config[field]), Number(config[field]), shapes));
  }
  if (trained.kind === "head" && (config.head === "frozen" || !hasHead)) {
    const problem = "with the head frozen or absent, head-only training would train nothing; choose another method";
    problems.push({ field: "method", problem });
  }
  return problems;
}

/** Whether matrices of single layers train, rather than vectors, what layers share, or the head alone. */
function hasMatrices(trained: Trained): boolean {
  if (trained.kind !== "adapter") return trained.kind === "full";
  const specs = trained.adapter.parameters({ inFeatures: 1, outFeatures: 1 }, trained.settings);
  return Object.values(specs).some(({ shape, rate, shared }) => shape.length === 2 && Number(rate) > 0 && !shared);
}

/** How many directions of a matrix the factors start in, where they do. */
function directionsOf(trained: Trained): number | undefined {
  const found = trained.kind === "adapter" ? trained.adapter.directions?.of(trained.settings) : undefined;
  return found?.initialiser.count(found.rank);
}

/** @param needed rows and columns that a layer has to have. @param shapes [id, outFeatures, inFeatures]. */
function tooLarge(
  field: FieldName,
  rank: number,
  needed: number,
  shapes: readonly (readonly [string, number, number])[],
): Problem[] {
  const smallest = shapes.find(([, out, into]) => needed > Math.min(out, into));
  if (!smallest) return [];
  const [id, out, into] = smallest;
  const most = Math.floor((Math.min(out, into) * rank) / needed);
  const problem = `rank ${rank} is more than layer ${id} [${out} × ${into}] can have; choose at most ${most}, or leave that layer out`;
  return [{ field, problem }];
}
