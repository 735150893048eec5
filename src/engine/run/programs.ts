import type { InputShape } from "../data/runData.ts";
import { aligned, type Device, type Program, type Readback } from "../device/device.ts";
import type { Batch } from "../model/transformer.ts";
import type { Workspace } from "../ops/memoryPlan.ts";
import { Tape } from "../ops/tape.ts";
import { memoryOf, persistent, sizeOf, type Tensor, writeTensor } from "../ops/tensor.ts";
import type { Collated } from "../tasks/collate.ts";
import { accumulate } from "./accumulate.ts";
import { globalNormClip } from "./globalNormClip.ts";
import { recordDigests, recordGradients } from "./gradients.ts";
import type { Network } from "./network.ts";
import type { Objective, Targets } from "./objective.ts";

/** The tensors that a batch is written into before a program runs. */
export class BatchInputs {
  readonly batch: Batch & { readonly segments: Tensor };
  readonly targets: Targets;

  /** @param place where the tensors lie, if not each in memory of its own. */
  constructor(
    device: Device,
    { rows, length, targets, hasDecoder }: InputShape,
    place = (name: string, shape: readonly number[]): Tensor => persistent(device, name, shape),
  ) {
    const tokens = (name: string) => place(name, [rows, length]);
    this.batch = {
      ids: tokens("ids"),
      mask: tokens("mask"),
      segments: tokens("segments"),
      ...(hasDecoder && { decoder: { ids: tokens("decoder ids"), mask: tokens("decoder mask") } }),
    };
    this.targets = {
      labels: place("labels", [targets]),
      weights: place("weights", [targets]),
    };
  }

  /** Elements of all of them, each starting where it can be bound. */
  static elements({ rows, length, targets, hasDecoder }: InputShape): number {
    return (hasDecoder ? 5 : 3) * aligned(rows * length) + 2 * aligned(targets);
  }

  write(device: Device, { ids, mask, segments, decoder, labels, weights }: Collated): void {
    writeTensor(device, this.batch.ids, ids);
    writeTensor(device, this.batch.mask, mask);
    writeTensor(device, this.batch.segments, segments);
    if (this.batch.decoder && decoder) {
      writeTensor(device, this.batch.decoder.ids, decoder.ids);
      writeTensor(device, this.batch.decoder.mask, decoder.mask);
    }
    writeTensor(device, this.targets.labels, labels);
    writeTensor(device, this.targets.weights, weights);
  }

  destroy(): void {
    const { ids, mask, segments, decoder = {} } = this.batch;
    const tensors = [ids, mask, segments, ...Object.values(decoder), ...Object.values(this.targets)];
    for (const tensor of tensors) memoryOf(tensor).destroy();
  }
}

/** Everything that programs of one run share. */
export interface ProgramContext {
  readonly device: Device;
  readonly workspace: Workspace;
  readonly network: Network;
  readonly objective: Objective;
  readonly stepScalars: Tensor;
  /** [2]: loss and gradient norm of the last step. */
  readonly metrics: Tensor;
  readonly clipNorm: number;
  readonly dropout: number;
  /** Whether blocks are computed again in the backward pass; default no. */
  readonly checkpointing?: boolean;
  /** Whether activations are kept in 16 bits until the backward pass; default no. */
  readonly halves?: boolean;
}

/** Forward, backward and update for batches of one padded length. */
export interface TrainingProgram {
  readonly inputs: BatchInputs;
  readonly programs: StepVariants;
}

/** The same for steps at which optimizers refresh their state by whole gradients, where they do. */
export interface StepVariants {
  readonly usual: Program;
  readonly refreshing?: Program;
}

export async function compileTraining(context: ProgramContext, shape: InputShape): Promise<TrainingProgram> {
  const { device, network, stepScalars } = context;
  const inputs = new BatchInputs(device, shape);
  const programs = await compileVariants(context, `step of ${shape.length} tokens`, (tape, refreshes) => {
    const loss = recordLoss(tape, context, { inputs, stepScalars });
    // For a copy of the loss that there was.
    tape.standsForMore(1);
    const found = recordGradients(tape, network.arena, loss);
    recordUpdate(tape, context, { loss, refreshes, found });
  });
  return { inputs, programs };
}

/** What a part of a batch is computed from. */
export interface MicroBatchInputs {
  readonly inputs: BatchInputs;
  /** As the step's, with the micro-batch and its share. */
  readonly stepScalars: Tensor;
}

/**
 * Forward and backward for a part of a batch, whose share of the loss and of the gradients is added to what the parts
 * before it have come to.
 *
 * @param sums `own` [arena.length] takes the part's own gradients; zero where no parameter is. `loss` [1] takes the sum of losses.
 */
export async function compileMicroBatch(
  context: ProgramContext,
  given: MicroBatchInputs,
  { own, loss: lossSum }: { readonly own: Tensor; readonly loss: Tensor },
): Promise<Program> {
  const { device, workspace, network } = context;
  const { stepScalars, inputs } = given;
  const tape = new Tape(device, workspace);
  const loss = recordLoss(tape, context, given);
  accumulate(tape, loss, { sum: lossSum, stepScalars });
  recordGradients(tape, network.arena, loss, own);
  accumulate(tape, own, { sum: network.arena.gradients, stepScalars });
  return tape.compile(`micro-batch of ${inputs.batch.ids.shape[1]} tokens`);
}

/** Norm and update by gradients that are sums over micro-batches, as `loss` is. */
export function compileClosing(context: ProgramContext, loss: Tensor): Promise<StepVariants> {
  return compileVariants(context, "update", (tape, refreshes) => {
    recordUpdate(tape, context, { loss, refreshes });
  });
}

async function compileVariants(
  { device, workspace, network }: ProgramContext,
  label: string,
  record: (tape: Tape, refreshes: boolean) => void,
): Promise<StepVariants> {
  const compile = (refreshes: boolean) => {
    const tape = new Tape(device, workspace);
    record(tape, refreshes);
    return tape.compile(label);
  };
  const usual = await compile(false);
  return network.arena.refreshEvery === undefined ? { usual } : { usual, refreshing: await compile(true) };
}

/** @param found gradients that have no place in the arena. */
function recordUpdate(
  tape: Tape,
  { network: { arena }, metrics, clipNorm, stepScalars }: ProgramContext,
  step: { readonly loss: Tensor; readonly refreshes: boolean; readonly found?: ReadonlyMap<Tensor, Tensor> },
): void {
  const { loss, refreshes, found } = step;
  const { digests, squares: others } = recordDigests(tape, arena, { stepScalars, refreshes }, found);
  globalNormClip(tape, arena, { maxNorm: clipNorm, loss, metrics, others });
  arena.update(tape, { stepScalars }, digests);
}

/** The loss of a batch as it is in training: with dropout, and to be differentiated. */
function recordLoss(tape: Tape, context: ProgramContext, { inputs, stepScalars }: MicroBatchInputs): Tensor {
  const { network, dropout, checkpointing = false } = context;
  // What adapters come to is computed here; it is no activation.
  const forward = network.forward(tape, { stepScalars, dropout, checkpointing });
  return lossToDifferentiate(context, forward, inputs);
}

/** The loss of a batch, with its activations stored as the run's are. */
export function lossToDifferentiate(
  { objective, halves = false }: ProgramContext,
  forward: Parameters<Objective["record"]>[0],
  { batch, targets }: BatchInputs,
): Tensor {
  const record = () => objective.record(forward, batch, targets).loss;
  return halves ? forward.tape.halved(record) : record();
}

/** Predictions and losses for batches of one padded length, without gradients. */
export interface EvaluationProgram {
  readonly inputs: BatchInputs;
  readonly program: Program;
  /** What the objective's predictions are, where it has any. */
  readonly predictions?: Readback;
  /** Loss of every row. */
  readonly rowLoss: Readback;
  destroy(): void;
}

export async function compileEvaluation(context: ProgramContext, shape: InputShape): Promise<EvaluationProgram> {
  const { device, network, objective } = context;
  const inputs = new BatchInputs(device, shape);
  const tape = new Tape(device, context.workspace);
  const { predictions, rowLoss } = objective.record(network.forward(tape), inputs.batch, inputs.targets);
  const results = [rowLoss, ...(predictions ? [predictions()] : [])].map((tensor) => tape.keep(tensor));
  const readbacks = results.map((kept) => device.readback(memoryOf(kept), 0, sizeOf(kept.shape)));
  const [losses, values] = readbacks as [Readback, Readback?];
  const program = await tape.compile(`validation of ${shape.length} tokens`);
  return {
    inputs,
    program,
    rowLoss: losses,
    ...(values && { predictions: values }),
    destroy() {
      inputs.destroy();
      program.destroy();
      for (const readback of readbacks) readback.destroy();
      for (const kept of results) memoryOf(kept).destroy();
    },
  };
}
