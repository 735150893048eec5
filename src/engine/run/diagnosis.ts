import { RefusedFileError } from "../checkpoint/refusal.ts";
import type { RunData } from "../data/runData.ts";
import { CheckpointError, DivergedError } from "../errors.ts";
import type { LoadedModel } from "../model/loadModel.ts";
import { describeReference } from "../model/reference.ts";
import type { LinearLayer } from "../model/transformer.ts";
import { FiniteSearch, finitenessInWords, type NotFinite, notFiniteIn } from "../ops/finite.ts";
import { Tape } from "../ops/tape.ts";
import type { Tensor } from "../ops/tensor.ts";
import type { Parameter } from "./arena.ts";
import type { MetricRow } from "./events.ts";
import { gradientsOf, recordGradients } from "./gradients.ts";
import type { MicroBatchInputs, ProgramContext } from "./programs.ts";
import { inWords as stateInWords } from "./segments.ts";

/** What a tensor that is not finite says about the run. */
type Stage = "data" | "state" | "loss" | "computed";

/** The first tensor of a step that holds something else than finite numbers. */
export interface Finding {
  readonly what: string;
  readonly stage: Stage;
  readonly notFinite: NotFinite;
  /** Where a step has several micro-batches, the one that it was found in, counted from 0. */
  readonly microBatch?: number;
}

const hints: Readonly<Record<Stage, string>> = {
  data: "Look for it in the data that the run trains on.",
  state: "It was so before this step. Lower the learning rate, or set a clip, and start again.",
  loss: "All weights and the outputs of all layers are finite. Lower the learning rate, or set a clip.",
  computed: "Lower the learning rate, or set a clip, and start again.",
};

/**
 * Computes a step once more, without its update, and looks at everything that has a name: what was given, what trains
 * and does not, the optimizer's moments; then, as they are computed, outputs of dense layers, the loss, and gradients,
 * from the loss back to the embeddings.
 *
 * @param given what the step is computed from, or a micro-batch of it.
 */
export async function firstNotFinite(
  context: ProgramContext,
  { inputs, stepScalars }: MicroBatchInputs,
): Promise<Finding | undefined> {
  const { network, objective, dropout } = context;
  const tape = new Tape(context.device, context.workspace);
  const search = new FiniteSearch<Omit<Finding, "notFinite">>(tape);
  const look = (stage: Stage, what: string, tensor: Tensor) => search.look({ stage, what }, tensor);

  look("data", "the labels", inputs.targets.labels);
  const forward = network.forward(tape, { stepScalars, dropout });
  const { layers } = network.transformer;
  const name = (parameter: string) => inWords(parameter, layers);
  for (const [weight, tensor] of forward.weights) look("state", weight, tensor);
  const values = [...network.named.places("value")].filter(([parameter]) => !forward.weights.has(parameter));
  for (const [parameter, tensor] of values) look("state", name(parameter), tensor);
  for (const part of network.arena.stateNames)
    for (const [parameter, tensor] of network.named.places(part))
      look("state", `the optimizer's ${stateInWords(part)} of ${name(parameter)}`, tensor);

  const watched: typeof forward = {
    ...forward,
    linear(layer, input) {
      const output = forward.linear(layer, input);
      look("computed", `the output of ${moduleOf(layer)}`, output);
      return output;
    },
  };
  const { loss } = objective.record(watched, inputs.batch, inputs.targets);
  look("loss", "the loss itself", loss);
  const gradients = recordGradients(tape, network.arena, loss);
  // Factors of all layers come last, folded together; of these the layer nearest to the loss was the first to know.
  const computed = [...gradients.keys()];
  const rankOf = (parameter: string): number => {
    const own = forward.weights.get(parameter) ?? forward.head.get(parameter);
    if (own) return computed.indexOf(own);
    return computed.length + layers.length - layers.findIndex(({ id }) => parameter.startsWith(`${id}/`));
  };
  const found = (parameter: Parameter) => gradientsOf(tape, parameter, gradients);
  const order = [...network.named.placesOf(found)].sort(([a], [b]) => rankOf(a) - rankOf(b));
  for (const [parameter, gradient] of order) look("computed", `the gradient of ${name(parameter)}`, gradient);
  const first = await search.run("search for what is not finite");
  return first && { ...first.subject, notFinite: first.notFinite };
}

/** What a step's loss and norm alone can say. */
export function diverged({ step, loss }: MetricRow): DivergedError {
  const what = Number.isFinite(loss) ? "the gradients' norm" : "the loss";
  return new DivergedError(`${what} is no longer a finite number at step ${step + 1}`, step, hints.computed);
}

/** What can be said where the tensor was found. @param step counted from 0. */
export function divergedAt(step: number, { what, stage, notFinite, microBatch }: Finding): DivergedError {
  const when = microBatch === undefined ? `step ${step + 1}` : `step ${step + 1}, micro-batch ${microBatch + 1}`;
  return new DivergedError(`${what} ${finitenessInWords(notFinite)} at ${when}`, step, hints[stage]);
}

/** @throws RefusedFileError naming the first weight that is no finite number, before anything is trained with it. */
export function assertFiniteWeights(reference: string, { tensors, notFinite }: LoadedModel): void {
  const [first, ...others] = notFinite;
  if (first === undefined) return;
  const rest = others.length > 0 ? `; so it is with ${others.length} more` : "";
  throw new RefusedFileError(
    "tensor-not-finite",
    `${describeReference(reference)}: ${first} ${finitenessInWords(notFiniteIn(tensors.get(first)!)!)}${rest}`,
    "Nothing can be trained from it. Take an undamaged copy of the checkpoint.",
  );
}

/** @throws CheckpointError naming the first example whose label is no finite number. */
export function assertFiniteLabels(data: Pick<RunData, "training" | "validation">): void {
  for (const split of ["training", "validation"] as const) {
    const at = data[split].findIndex(({ labels }) => !labels.every(Number.isFinite));
    if (at < 0) continue;
    throw new CheckpointError(
      `${split} example ${at + 1} has a label that is no finite number`,
      "Give it a number, or leave the example out.",
    );
  }
}

/** What the reader knows a parameter by: a factor by its layer's name in the checkpoint. */
function inWords(parameter: string, layers: readonly LinearLayer[]): string {
  const [id, factor] = parameter.split("/");
  const layer = layers.find((each) => each.id === id);
  return layer && factor !== undefined ? `factor ${factor} of ${moduleOf(layer)}` : parameter;
}

function moduleOf({ weight }: LinearLayer): string {
  return weight.replace(/\.weight$/, "");
}
