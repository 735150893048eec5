import fc from "fast-check";
import { defaults } from "../methods/defaults.ts";
import { methodNamed } from "../methods/index.ts";
import { rankFields } from "../methods/ranks/index.ts";
import { type RunConfig, runFields } from "../settings/config.ts";
import { problemsOf } from "../settings/problems.ts";
import { type ExperimentNotes, noteLengths } from "../settings/reader.ts";
import { predictsTokens, taskTraitsOf } from "../tasks/task.ts";

const references = ["hf:owner/some.name@main", "file:my-model~0123456789abcdef"];
const files = ["none", "reviews.csv~0123456789abcdef"];
const kernels = [
  "standard",
  "wide=tiled,narrow=split,long=split,small=tiled",
  "wide=quads,narrow=plain,long=quads,small=quads",
  "wide=tiled,narrow=split,long=split,small=tiled,attention=fused",
];
const changes = ["", "1:learningRate=0.5", "2:spectrumEvery=3,40:learningRate=1e-7,40:evaluateEvery=1"];
const texts: Readonly<Record<string, readonly string[]>> = { data: files, kernels, changes };
const layers = ["query-value", "attention-mlp", "all-dense", "0.query,3.value", "1", "0.up,1"];

/** Settings that the form could hold and that go together, all over their ranges. */
export const anyConfig: fc.Arbitrary<RunConfig> = fc
  .record(
    Object.fromEntries(
      Object.entries(runFields).map(([name, field]): [string, fc.Arbitrary<string | number>] => {
        if (field.kind === "choice") {
          const others = name === "model" ? references : [];
          return [name, fc.constantFrom(...Object.keys(field.options), ...others)];
        }
        if (field.kind === "text") return [name, fc.constantFrom(...(texts[name] ?? layers))];
        const { min, max, whole } = field;
        return [
          name,
          whole ? fc.integer({ min, max }) : fc.double({ min, max, noNaN: true }).map((value) => value + 0),
        ];
      }),
    ),
  )
  .map((values) => withFittingRanks(mended(values as unknown as RunConfig)))
  // Of a model that has yet to be opened nothing else can be said.
  .filter((config) => problemsOf(config).every(({ problem }) => problem.includes("has yet to be opened")));

/** Texts of any script, markup and white space included. */
export const anyNotes: fc.Arbitrary<ExperimentNotes> = fc.record(
  {
    title: noteOf(noteLengths.title),
    note: noteOf(noteLengths.note),
    madeOn: fc.constantFrom("hardware", "software", "unsaid", "processor-1", "processor-2"),
  },
  { requiredKeys: ["title", "note"] },
);

function noteOf(most: number): fc.Arbitrary<string> {
  const character = fc.oneof(
    fc.string({ unit: "grapheme", maxLength: most }),
    fc.constantFrom("<img src=x onerror=alert(1)>", "a&b=c#d?e", "%3C", "\u202eevil", "__proto__", "\n\t", "+ +"),
  );
  return fc.array(character, { maxLength: 8 }).map((parts) => parts.join("").slice(0, most).toWellFormed());
}

/** The nearest settings of which the bundled models can do what is asked, so that few are thrown away. */
function mended(config: RunConfig): RunConfig {
  const shape = taskTraitsOf(config);
  const writes = predictsTokens(shape);
  const model = writes ? "pd-gpt" : config.model === "pd-gpt" ? "use-lite" : config.model;
  const reach = { "pd-bert": 64, "pd-gpt": 256, "use-lite": 128 }[model] ?? 256;
  const trainsHead = methodNamed(config.method).trains === "head";
  const isTable = config.dataFormat !== "lines" && config.dataFormat !== "paragraphs";
  return {
    ...config,
    dataFormat: isTable || shape.kind === "language-modelling" ? config.dataFormat : "csv",
    model,
    maxTokens: Math.min(config.maxTokens, reach),
    targets: config.targets.includes(".") ? "attention-mlp" : config.targets,
    // What every layer of theirs can have, whatever the factors start from.
    rank: 2 + 2 * (config.rank % 16),
    changes: config.steps > 40 ? config.changes : "",
    accumulationSteps: commonDivisor(config.batchSize, config.accumulationSteps),
    head: trainsHead ? "trained" : config.head,
    method: writes && trainsHead ? defaults.method : config.method,
  };
}

/** Without a rank schedule that does not go with the rest. */
function withFittingRanks(config: RunConfig): RunConfig {
  const isRefused = problemsOf(config).some(({ field }) => Object.hasOwn(rankFields, field));
  return isRefused ? { ...config, rankSchedule: "none" } : config;
}

function commonDivisor(a: number, b: number): number {
  return b === 0 ? a : commonDivisor(b, a % b);
}
