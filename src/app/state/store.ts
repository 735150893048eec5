import { create } from "zustand";
import { chosenIn, type FittedSetting, settle } from "../../engine/data/settle.ts";
import type { MeasurementName } from "../../engine/methods/diagnostics/index.ts";
import { modelShapes } from "../../engine/model/modelShapes.ts";
import type { ModelSummary } from "../../engine/model/modelSummary.ts";
import type { MetricRow } from "../../engine/run/events.ts";
import {
  defaultConfig,
  type FieldName,
  type RunConfig,
  suitedLearningRate,
  usualValue,
} from "../../engine/settings/config.ts";
import { type ExperimentNotes, noNotes } from "../../engine/settings/reader.ts";
import { TrainerClient } from "../../worker/client.ts";
import type { TrainerEventHandlers } from "../../worker/protocol.ts";
import type { NamedFile, OpenedAdapter, OpenedData, Progress } from "../../worker/rpc.ts";
import { canRun, goesOn, isCurrent, type LabState, openedFor } from "./labState.ts";
import { isHeld, type Phase } from "./phase.ts";
import { pacedRedraw } from "./redraw.ts";
import { emptyRecord, type Frame, type RunRecord, stepOf, withFrames } from "./runRecord.ts";
import { readStored, writeStored } from "./useStored.ts";
import { prefersProcessor } from "./webgpuCheck.ts";

/** Steps from which on a run that is reset is kept beside the next; a finished one is in any case. */
const WORTH_KEEPING = 50;

/** The preference for the projector's view, which outlives the page. */
const PRESENTING = "present";

/** What is to follow once the run is built. */
let intent: "train" | "step" | undefined;
/** The runs that were on screen before the one that is being built, should that come to nothing. */
let replaced: Pick<LabState, "current" | "ghost"> | undefined;
let frames: (Frame & { readonly diagnostic: MeasurementName })[] = [];
let steps: { readonly rows: readonly MetricRow[]; readonly stepsPerSecond: number }[] = [];

export const useLab = create<LabState>(() => ({
  config: defaultConfig,
  notes: noNotes,
  current: undefined,
  ghost: undefined,
  phase: "empty",
  step: 0,
  stepsPerSecond: 0,
  progress: undefined,
  device: undefined,
  isOnProcessor: prefersProcessor(),
  failure: undefined,
  layer: 0,
  models: modelShapes,
  data: new Set(),
  opened: undefined,
  savedAt: undefined,
  isRateChosen: false,
  isPresenting: readStored(PRESENTING, false),
  unreadable: [],
}));

const set = useLab.setState;
const get = useLab.getState;

function update(change: (record: RunRecord) => Partial<RunRecord>): void {
  const { current } = get();
  if (current) set({ current: { ...current, ...change(current) } });
}

/** Shows what was measured since the last redraw. */
const redraw = pacedRedraw(
  () => {
    drawSteps();
    const { current } = get();
    if (current && frames.length > 0) {
      const names = new Set(frames.map(({ diagnostic }) => diagnostic));
      const ofName = (name: MeasurementName) => frames.filter(({ diagnostic }) => diagnostic === name);
      set({ current: [...names].reduce((record, name) => withFrames(record, name, ofName(name)), current) });
    }
    frames = [];
  },
  // Whoever waits for a pause sees every step.
  () => get().phase === "training",
);

/** Steps that came since the last redraw, together. */
function drawSteps(): void {
  const rows = steps.flatMap((each) => each.rows);
  const rate = steps.findLast(({ stepsPerSecond }) => stepsPerSecond > 0)?.stepsPerSecond;
  steps = [];
  const last = rows.at(-1);
  if (!last) return;
  update((record) => ({ rows: [...record.rows, ...rows] }));
  set({ step: last.step + 1, progress: undefined, ...(rate !== undefined && { stepsPerSecond: rate }) });
}

const handlers: TrainerEventHandlers = {
  device: ({ adapter }) => set({ device: adapter, isOnProcessor: adapter.kind === "cpu" }),
  progress: ({ doing, fraction }) => set({ progress: { doing, ...(fraction !== undefined && { fraction }) } }),
  ready: ({ summary }) => {
    replaced = undefined;
    update(() => ({ summary }));
    set({ layer: Math.min(get().layer, Math.max(0, summary.layers.length - 1)) });
  },
  phase: ({ phase, step }) => {
    redraw.now();
    set({ step, progress: undefined });
    if (phase === "paused" && intent) {
      const next = intent;
      intent = undefined;
      set({ phase: next === "train" ? "training" : "paused" });
      client.send({ type: next });
      return;
    }
    // That training has begun may be told after Pause was pressed.
    if (phase !== "training" || get().phase !== "pausing") set({ phase });
  },
  metrics: (event) => {
    steps.push(event);
    redraw.soon();
  },
  evaluation: ({ step, values }) => update((record) => ({ evaluations: [...record.evaluations, { step, values }] })),
  measured: ({ diagnostic, step, values }) => {
    frames.push({ diagnostic, step, values });
    redraw.soon();
  },
  examples: ({ when, rows }) => update(() => (when === "before" ? { before: rows } : { now: rows })),
  sampled: (texts) => update(({ tried }) => ({ tried: [...tried, texts] })),
  restarted: () => {
    [frames, steps] = [[], []];
    update(({ config, summary }) => ({ ...emptyRecord(config), summary }));
    set({ step: 0, stepsPerSecond: 0, savedAt: undefined });
  },
  failed: ({ failure, hasRun, step }) => {
    intent = undefined;
    redraw.now();
    putBack();
    const isOver = step >= (get().current?.config.steps ?? 0);
    const held = isOver ? "finished" : "paused";
    set({ failure, phase: hasRun ? held : restingPhase(), progress: undefined, ...(hasRun && { step }) });
  },
};

const client = new TrainerClient(handlers, prefersProcessor);

export const lab = {
  /** Changes settings; a method or an optimizer brings the learning rate that suits it, unless another was typed. */
  configure(change: Partial<RunConfig>): void {
    const { config, isRateChosen } = get();
    const { method, optimizer, learningRate } = change;
    const bringsRate = method !== undefined || optimizer !== undefined;
    const suited = bringsRate && !isRateChosen && { learningRate: suitedLearningRate({ ...config, ...change }) };
    set({
      config: { ...config, ...suited, ...change },
      isRateChosen: isRateChosen || learningRate !== undefined,
    });
  },

  /** Sets a setting back to what is usual beside the others. */
  restore(name: FieldName): void {
    lab.configure({ [name]: usualValue(name, get().config) });
    if (name === "learningRate") set({ isRateChosen: false });
  },

  /** Replaces all settings and notes, as a preset or a link does. */
  open(config: RunConfig, notes: ExperimentNotes = noNotes): void {
    set({ config, notes, isRateChosen: false });
  },

  annotate(change: Partial<ExperimentNotes>): void {
    set({ notes: { ...get().notes, ...change } });
  },

  /** Goes on with the run on screen, or builds a new one where the settings changed or it is over. */
  train(): void {
    const state = get();
    if (goesOn(state)) {
      set({ phase: "training", failure: undefined });
      client.send({ type: "train" });
    } else {
      build("train");
    }
  },

  /** The worker ends the step or the validation that it is at, which may take a while. */
  pause(): void {
    if (get().phase !== "training") return;
    set({ phase: "pausing" });
    client.send({ type: "pause" });
  },

  step(): void {
    const state = get();
    if (state.phase === "paused" && isCurrent(state)) {
      set({ phase: "training", failure: undefined });
      client.send({ type: "step" });
    } else build("step");
  },

  /** Back to step 0. A run of some length stays as a shadow, so that a slip of the hand loses nothing. */
  reset(): void {
    const { current, ghost, phase } = get();
    if (!isHeld(phase)) return;
    intent = undefined;
    set({
      failure: undefined,
      phase: "working",
      progress: { doing: "Going back to the start" },
      ghost: current && (phase === "finished" || current.rows.length > WORTH_KEEPING) ? current : ghost,
    });
    client.send({ type: "reset" });
  },

  /**
   * Ends preparation at once. What was on screen before comes back to be looked at; the worker gave it up when it began
   * with the new run.
   */
  cancel(): void {
    if (get().phase !== "preparing") return;
    intent = undefined;
    client.abandon();
    putBack();
    set({ phase: restingPhase(), progress: undefined });
  },

  sample(prompt: string): void {
    if (!isHeld(get().phase)) return;
    set({ phase: "working", progress: { doing: "Writing samples" } });
    client.send({ type: "sample", prompt });
  },

  /** Says whether what is written in a setting's field can be read; nothing starts while it cannot. */
  mark(name: FieldName, isReadable: boolean): void {
    const others = get().unreadable.filter((each) => each !== name);
    if (isReadable !== (others.length === get().unreadable.length)) {
      set({ unreadable: isReadable ? others : [...others, name] });
    }
  },

  /** The run as it was at a step is in a file now. */
  markSaved(step: number): void {
    set({ savedAt: step });
  },

  /** Asks the worker for something beside the run. */
  ask: client.ask.bind(client) as TrainerClient["ask"],

  /**
   * Checks the files of a checkpoint and makes it the model of the next run.
   *
   * @returns what nobody chose and was fitted to it.
   * @throws Failure, as plain data.
   */
  async openModel(
    name: string,
    files: readonly NamedFile[],
    options: { readonly progress?: Progress; readonly signal?: AbortSignal } = {},
  ): Promise<readonly FittedSetting[]> {
    const { config, models } = get();
    const wanted = models[config.model] ? {} : { wanted: config.model };
    const opened = await client.ask("openModel", { name, files, ...wanted }, options);
    client.keep(opened.kept, files);
    lab.know(opened.reference, opened.facts);
    return lab.takeModel(opened.reference);
  },

  /** Makes the model of the run on screen, with its update in the weights, that of the next run. @throws Failure. */
  async openMerged(): Promise<void> {
    const { name, files } = await client.ask("mergedModel", {});
    await lab.openModel(name, files);
  },

  /** Makes a model that is known that of the next run. @returns what nobody chose and was fitted to it. */
  takeModel(model: string): readonly FittedSetting[] {
    const { config, models } = get();
    const settled = settle({ config: { ...config, model }, chosen: chosenIn(config) }, { models });
    set({ config: settled.config });
    return settled.fitted;
  },

  /** Checks a data file and makes it the task of the next run, with what is fitted to it. @throws Failure, as plain data. */
  async openData(
    file: NamedFile,
    { reference, settings, fitted }: OpenedData & { readonly fitted: readonly FittedSetting[] },
    progress?: Progress,
  ): Promise<void> {
    await client.ask("openData", { file, reference, settings }, progress && { progress });
    client.keep(reference, [file]);
    set({ data: new Set([...get().data, reference]) });
    const others = Object.fromEntries(fitted.map(({ field, to }) => [field, to]));
    lab.configure({ ...settings, task: "custom", data: reference, ...others });
  },

  /** Takes up what settings have to know of a model that the worker can open. */
  know(reference: string, facts: ModelSummary): void {
    set({ models: { ...get().models, [reference]: facts } });
  },

  /** The worker can no longer open a model. */
  forget(reference: string): void {
    const { [reference]: _, ...models } = get().models;
    set({ models });
  },

  /** Reads an exported adapter and makes its settings those of the next run. @throws Failure, as plain data. */
  async openAdapter(files: readonly NamedFile[]): Promise<OpenedAdapter> {
    const opened = await client.ask("importAdapter", { files, config: get().config });
    if (opened.model) lab.know(opened.model.reference, opened.model.facts);
    lab.open(opened.config, opened.notes);
    set({ opened });
    return opened;
  },

  /** Lets the next run begin at its beginning. */
  closeAdapter(): void {
    set({ opened: undefined });
  },

  newSeed(): void {
    lab.configure({ seed: Math.floor(Math.random() * 1_000_000) });
  },

  showLayer(layer: number): void {
    set({ layer });
  },

  present(isPresenting: boolean): void {
    set({ isPresenting });
    writeStored(PRESENTING, isPresenting);
  },

  /** Says whether there is nothing but the processor to train on, before a worker has found out. */
  knowProcessor(isOnProcessor: boolean): void {
    set({ isOnProcessor });
  },

  dropGhost(): void {
    set({ ghost: undefined });
  },

  dismissFailure(): void {
    set({ failure: undefined });
  },
};

/** What a run on screen is when no worker holds it. */
function restingPhase(): Phase {
  const { current } = get();
  return current && stepOf(current) > 0 ? "stopped" : "empty";
}

/** Undoes `build` where nothing came of it. */
function putBack(): void {
  if (!replaced) return;
  set({ ...replaced, step: replaced.current ? stepOf(replaced.current) : 0 });
  replaced = undefined;
}

function build(then: "train" | "step"): void {
  if (!canRun(get())) return;
  redraw.now();
  // A build that is given up for another one had nothing to show.
  putBack();
  const { config, current, ghost } = get();
  const from = openedFor(get())?.from;
  replaced = { current, ghost };
  intent = then;
  [frames, steps] = [[], []];
  set({
    // A run that never took a step is not worth a shadow.
    ghost: current && current.rows.length > 0 ? current : ghost,
    current: emptyRecord(config, from?.step),
    phase: "preparing",
    step: 0,
    stepsPerSecond: 0,
    savedAt: undefined,
    failure: undefined,
    progress: { doing: "Starting" },
  });
  client.send({ type: "prepare", config, ...(from && { from }) });
}
