import type { MeasurementName } from "../../engine/methods/diagnostics/index.ts";
import type { MetricRow } from "../../engine/run/events.ts";
import { TrainerClient } from "../../worker/client.ts";
import type { TrainerEventHandlers } from "../../worker/protocol.ts";
import { canRun, isCurrent, type LabState, openedFor } from "./labState.ts";
import { useLab } from "./labStore.ts";
import type { Phase } from "./phase.ts";
import { pacedRedraw } from "./redraw.ts";
import { emptyRecord, type Frame, type RunRecord, recordAt, stepOf, withFrames } from "./runRecord.ts";
import { nextRun, shelved } from "./runShelf.ts";
import { chosenDevice } from "./webgpuCheck.ts";

/** What is to follow once the run is built. */
let intent: "train" | "step" | undefined;
/** The runs that were on screen before the one that is being built, should that come to nothing. */
let replaced: Pick<LabState, "current" | "kept" | "ticked"> | undefined;
let frames: (Frame & { readonly diagnostic: MeasurementName })[] = [];
let steps: { readonly rows: readonly MetricRow[]; readonly stepsPerSecond: number }[] = [];

/** What validations found since the last redraw: a processor has many a second of a small run. */
let found: ((record: RunRecord) => Partial<RunRecord>)[] = [];

/** Milliseconds between two words on what a run that trains is at. */
const PROGRESS_EVERY = 250;
let lastProgress = Number.NEGATIVE_INFINITY;

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
    for (const change of found.splice(0)) update(change);
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

/** Settings of the run on screen that changed while it trained; where the setup shows its settings, it goes on to. */
function take(changes: string): void {
  const state = get();
  const isShown = isCurrent(state);
  update(({ config }) => ({ config: { ...config, changes } }));
  if (isShown) set({ config: { ...state.config, changes } });
}

const handlers: TrainerEventHandlers = {
  device: ({ adapter }) => set({ device: adapter, isOnProcessor: adapter.kind === "cpu" }),
  progress: ({ doing, fraction }) => {
    // Of validations that are over at once nothing is to be seen.
    if (get().phase === "training" && performance.now() - lastProgress < PROGRESS_EVERY) return;
    lastProgress = performance.now();
    set({ progress: { doing, ...(fraction !== undefined && { fraction }) } });
  },
  ready: ({ summary }) => {
    replaced = undefined;
    update(() => ({ summary }));
    const { layer } = get();
    if (layer !== undefined && layer >= summary.layers.length) set({ layer: undefined });
  },
  phase: ({ phase, step }) => {
    redraw.now();
    lastProgress = Number.NEGATIVE_INFINITY;
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
  evaluation: ({ step, values }) => {
    found.push((record) => ({ evaluations: [...record.evaluations, { step, values }] }));
    redraw.soon();
  },
  measured: ({ diagnostic, step, values }) => {
    frames.push({ diagnostic, step, values });
    redraw.soon();
  },
  examples: ({ when, rows }) => {
    found.push(() => (when === "before" ? { before: rows } : { now: rows }));
    redraw.soon();
  },
  best: ({ step }) => {
    found.push(() => ({ keptAt: step }));
    redraw.soon();
  },
  changed: ({ changes }) => take(changes),
  wentBack: ({ step, changes }) => {
    redraw.now();
    const state = get();
    const { current } = state;
    if (!current) return;
    // What the later steps have shown stays on the shelf; of them the worker keeps nothing.
    set({
      ...shelved({ ...current, keptAt: undefined }, state),
      current: { ...recordAt(current, step), ...nextRun(state) },
    });
    take(changes);
    set({ step, stepsPerSecond: 0, savedAt: undefined });
  },
  sampled: (texts) => update(({ tried }) => ({ tried: [...tried, texts] })),
  restarted: () => {
    [frames, steps, found] = [[], [], []];
    update(({ id, look, config, summary }) => ({ ...emptyRecord({ id, look, config }), summary }));
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

/** The worker that trains, whose events change the store. */
export const client = new TrainerClient(handlers, chosenDevice);

/** Takes back what was to follow once the run is built. */
export function forgetIntent(): void {
  intent = undefined;
}

/** What a run on screen is when no worker holds it. */
export function restingPhase(): Phase {
  const { current } = get();
  return current && stepOf(current) > 0 ? "stopped" : "empty";
}

/** Undoes `build` where nothing came of it. */
export function putBack(): void {
  if (!replaced) return;
  set({ ...replaced, step: replaced.current ? stepOf(replaced.current) : 0 });
  replaced = undefined;
}

/** Builds a run of the present settings, and then trains it or takes a step. */
export function build(then: "train" | "step"): void {
  if (!canRun(get())) return;
  redraw.now();
  // A build that is given up for another one had nothing to show.
  putBack();
  const state = get();
  const { config, current, kept, ticked } = state;
  const from = openedFor(state)?.from;
  replaced = { current, kept, ticked };
  intent = then;
  [frames, steps, found] = [[], [], []];
  set({
    // A run that never took a step is not worth keeping.
    ...(current && current.rows.length > 0 && shelved(current, state)),
    current: emptyRecord({ ...nextRun(state), config, openedAt: from?.step }),
    phase: "preparing",
    step: 0,
    stepsPerSecond: 0,
    savedAt: undefined,
    failure: undefined,
    progress: { doing: "Starting" },
  });
  client.send({ type: "prepare", config, ...(from && { from }) });
}
