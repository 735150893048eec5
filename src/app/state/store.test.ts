import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { methods } from "../../engine/methods/index.ts";
import type { RunSummary, TrainerEvent } from "../../engine/run/events.ts";
import { defaultConfig, usualValue } from "../../engine/settings/config.ts";
import type { TrainerCommand } from "../../worker/protocol.ts";
import type { OpenedAdapter } from "../../worker/rpc.ts";
import { canRun, obstaclesOf, openedAtEnd, tooSlow, wouldBeLost } from "./labState.ts";
import { isHeld } from "./phase.ts";
import { besides } from "./runShelf.ts";
import { lab, useLab } from "./store.ts";

/** A worker that says what the test has it say, and remembers what it was told. */
class StandIn extends EventTarget {
  static all: StandIn[] = [];
  readonly told: TrainerCommand[] = [];
  isEnded = false;

  constructor() {
    super();
    StandIn.all.push(this);
  }

  postMessage(message: TrainerCommand): void {
    this.told.push(message);
  }

  terminate(): void {
    this.isEnded = true;
  }

  says(...events: TrainerEvent[]): void {
    const run = this.told.filter(({ type }) => type === "prepare").length;
    for (const event of events) this.dispatchEvent(Object.assign(new Event("message"), { data: { run, event } }));
  }
}

const worker = () => StandIn.all.at(-1)!;
const state = () => useLab.getState();
const commands = () => worker().told.map(({ type }) => type);
const summary = {
  layers: [{ id: "0.query" }],
  metrics: [],
  measured: { spectrum: [{ name: "sv", count: 8 }] },
} as unknown as RunSummary;
const row = (step: number) => ({ step, loss: 1, learningRate: 1, gradientNorm: 1 });
const phase = (name: "training" | "paused" | "finished", step: number) =>
  ({ type: "phase", phase: name, step }) satisfies TrainerEvent;

function trainTo(step: number, steps: number): void {
  lab.configure({ steps });
  lab.train();
  worker().says({ type: "ready", summary }, phase("paused", 0), phase("training", 0));
  const rows = Array.from({ length: step }, (_, index) => row(index));
  worker().says({ type: "metrics", rows, stepsPerSecond: 1 });
  if (step === steps) worker().says(phase("finished", step));
}

beforeEach(() => {
  vi.stubGlobal("Worker", StandIn);
  vi.stubGlobal("document", { baseURI: "http://localhost/" });
  useLab.setState({ ...useLab.getInitialState(), phase: "preparing" }, true);
  // Ends the worker of the test before.
  lab.cancel();
  StandIn.all = [];
});
afterEach(() => void vi.unstubAllGlobals());

test("a run is built, trained to its end and held", () => {
  trainTo(4, 4);
  expect(commands()).toEqual(["prepare", "train"]);
  expect(state()).toMatchObject({ phase: "finished", step: 4 });
  expect(isHeld(state().phase)).toBe(true);
});

test("after a cancelled build the finished run before is there to look at, and held by nobody", () => {
  trainTo(4, 4);
  const finished = state().current;
  lab.configure({ seed: 1 });
  lab.train();
  expect(state().phase).toBe("preparing");
  lab.cancel();
  expect(worker().isEnded).toBe(true);
  expect(state()).toMatchObject({ phase: "stopped", step: 4, current: finished });
  // Nothing is asked of a run that is gone.
  lab.reset();
  lab.sample("And");
  expect(StandIn.all.length).toBe(1);
  expect(commands()).toEqual(["prepare", "train", "prepare"]);
});

test("a cancelled first build leaves nothing", () => {
  lab.train();
  lab.cancel();
  expect(state()).toMatchObject({ phase: "empty", step: 0, current: undefined });
});

test("resetting and sampling offer no way to lose the run", () => {
  trainTo(4, 4);
  lab.sample("And");
  expect(state().phase).toBe("working");
  lab.cancel();
  expect(worker().isEnded).toBe(false);
  worker().says(phase("finished", 4));
  lab.reset();
  expect(state().phase).toBe("working");
  lab.cancel();
  expect(worker().isEnded).toBe(false);
  worker().says({ type: "restarted" }, phase("paused", 0));
  expect(state()).toMatchObject({ phase: "paused", step: 0 });
  expect(commands()).toEqual(["prepare", "train", "sample", "reset"]);
});

test("a sample that fails leaves a finished run finished", () => {
  trainTo(4, 4);
  lab.sample("And");
  worker().says({ type: "failed", failure: { name: "Error", message: "no" }, hasRun: true, step: 4 });
  expect(state()).toMatchObject({ phase: "finished", step: 4, failure: { message: "no" } });
});

test("Pause shows at once, whatever the worker still says of training", () => {
  trainTo(2, 4);
  lab.pause();
  expect(state().phase).toBe("pausing");
  lab.pause();
  worker().says(phase("training", 0), { type: "metrics", rows: [row(2)], stepsPerSecond: 1 });
  expect(state()).toMatchObject({ phase: "pausing", step: 3 });
  worker().says(phase("paused", 3));
  expect(state().phase).toBe("paused");
  expect(commands()).toEqual(["prepare", "train", "pause"]);
});

test("settings of the run on screen go on with it; others build another beside it", () => {
  trainTo(2, 4);
  lab.pause();
  worker().says(phase("paused", 2));
  lab.train();
  expect(commands().at(-1)).toBe("train");
  lab.pause();
  worker().says(phase("paused", 2));
  lab.configure({ seed: defaultConfig.seed + 1 });
  lab.train();
  expect(commands().at(-1)).toBe("prepare");
  expect(state().kept.map(({ config }) => config.seed)).toEqual([defaultConfig.seed]);
  expect(besides(state())).toEqual(state().kept);
});

test("a method brings its learning rate, and the way back leads to it", () => {
  const rate = () => state().config.learningRate;
  lab.configure({ method: "lora" });
  expect(rate()).toBe(methods.lora.learningRate);
  expect(usualValue("learningRate", state().config)).toBe(rate());
  lab.configure({ method: "full" });
  expect(rate()).toBe(methods.full.learningRate);
  lab.restore("method");
  expect(rate()).toBe(methods[defaultConfig.method].learningRate);
  // A preset's or a link's is of its own method.
  lab.open({ ...defaultConfig, learningRate: 1e-2 });
  lab.configure({ method: "lora" });
  expect(rate()).toBe(methods.lora.learningRate);
});

test("a learning rate that was typed stays until it is set back", () => {
  const rate = () => state().config.learningRate;
  lab.configure({ learningRate: 0.02 });
  lab.configure({ method: "full" });
  expect(rate()).toBe(0.02);
  lab.restore("learningRate");
  expect(rate()).toBe(methods.full.learningRate);
  lab.configure({ method: "lora" });
  expect(rate()).toBe(methods.lora.learningRate);
  lab.configure({ rank: 4 });
  lab.restore("rank");
  expect(state().config.rank).toBe(defaultConfig.rank);
});

test("a field that cannot be read is in the way, and named", () => {
  lab.mark("learningRate", false);
  expect(obstaclesOf(state())).toEqual([
    {
      field: "learningRate",
      problem: "what is written there cannot be used; it must be a number from 1e-7 to 1",
    },
  ]);
  expect(canRun(state())).toBe(false);
  lab.configure({ rank: 7 });
  expect(obstaclesOf(state()).map(({ field }) => field)).toEqual(["learningRate", "rank"]);
  lab.mark("learningRate", true);
  lab.configure({ rank: 8 });
  expect(canRun(state())).toBe(true);
});

test("a run remembers that it goes on from an opened adapter, until it is reset", () => {
  const opened = { config: state().config, from: { step: 40, parts: {} } } as unknown as OpenedAdapter;
  useLab.setState({ opened });
  lab.train();
  expect(state().current?.openedAt).toBe(40);
  worker().says({ type: "ready", summary }, phase("paused", 40), phase("training", 40), phase("paused", 41));
  lab.reset();
  worker().says({ type: "restarted" }, phase("paused", 0));
  expect(state().current?.openedAt).toBeUndefined();
});

test("an adapter that has gone as far as Steps has nothing left to train, until Steps is raised", () => {
  const opened = {
    config: { ...state().config, steps: 40 },
    from: { step: 40, parts: {} },
  } as unknown as OpenedAdapter;
  lab.configure({ steps: 40 });
  useLab.setState({ opened });
  expect(openedAtEnd(state())).toBe(opened);
  lab.configure({ steps: 41 });
  expect(openedAtEnd(state())).toBeUndefined();
  lab.configure({ steps: 40 });
  lab.closeAdapter();
  expect(openedAtEnd(state())).toBeUndefined();
});

test("leaving would lose a run that trains or was trained, until it is in a file", async () => {
  expect(wouldBeLost(state())).toBe(false);
  trainTo(2, 4);
  await vi.waitFor(() => expect(wouldBeLost(state())).toBe(true));
  lab.pause();
  worker().says(phase("paused", 2));
  lab.markSaved(2);
  expect(wouldBeLost(state())).toBe(false);
  lab.step();
  worker().says({ type: "metrics", rows: [row(2)], stepsPerSecond: 1 }, phase("paused", 3));
  expect(wouldBeLost(state())).toBe(true);
  lab.reset();
  worker().says({ type: "restarted" }, phase("paused", 0));
  expect(wouldBeLost(state()), "nothing is trained").toBe(false);
});

test("what a processor would take too long for cannot be started there, and can on a graphics device", () => {
  lab.configure({ model: "use-lite", batchSize: 128, maxTokens: 128, accumulationSteps: 1 });
  expect(canRun(state())).toBe(true);
  lab.knowProcessor(true);
  expect(obstaclesOf(state())).toEqual([
    { field: "batchSize", problem: expect.stringMatching(/would take about \d+ s/) },
  ]);
  lab.train();
  expect(state().phase).toBe("empty");
  lab.configure({ batchSize: tooSlow(state())!.batchSize! });
  expect(canRun(state())).toBe(true);
});

test("what nobody chose is fitted to a model that is taken, and what was chosen stays", () => {
  const tiny = "file:tiny~0123456789abcdef";
  const before = state().config.maxTokens;
  lab.know(tiny, { ...state().models["pd-bert"]!, positions: 32 });
  expect(lab.takeModel(tiny)).toMatchObject([{ field: "maxTokens", to: 32 }]);
  expect(state().config).toMatchObject({ model: tiny, maxTokens: 32 });
  lab.configure({ model: "pd-bert", maxTokens: before - 4 });
  expect(lab.takeModel(tiny)).toEqual([]);
  expect(state().config).toMatchObject({ model: tiny, maxTokens: before - 4 });
  expect(canRun(state())).toBe(false);
});
