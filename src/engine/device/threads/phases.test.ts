import { once } from "node:events";
import { Worker } from "node:worker_threads";
import { expect, test } from "vitest";
import * as phases from "./phases.mjs";

/** A thread that counts how often each stretch of a phase is run: `counts` has STRIDE numbers for a phase. */
const counter = `
  import { workerData } from "node:worker_threads";
  const { control, counts, address, stride } = workerData;
  const phases = await import(address);
  Atomics.add(control, phases.PRESENT, 1);
  while (!Atomics.load(control, phases.STOPPED)) {
    phases.takePart(control, (stretch) => Atomics.add(counts, stride * Atomics.load(control, phases.ENTRY) + stretch, 1));
    phases.awaitPhase(control);
  }
`;

const PHASES = 5000;
const STRIDE = 16;

function shared(length: number): Int32Array<SharedArrayBuffer> {
  return new Int32Array(new SharedArrayBuffer(4 * length));
}

test("whoever takes part, every stretch of every phase is run once, and before the next phase begins", async () => {
  const [control, counts] = [shared(64), shared(PHASES * STRIDE)];
  const address = new URL("./phases.mjs", import.meta.url).href;
  const source = new URL(`data:text/javascript,${encodeURIComponent(counter)}`);
  const workerData = { control, counts, address, stride: STRIDE };
  const workers = Array.from({ length: 3 }, () => new Worker(source, { workerData }));
  for (let phase = 0; phase < PHASES; phase++) {
    // The first ones are run alone, by a thread that does not wait for the others to start.
    if (phase === PHASES / 2) while (Atomics.load(control, phases.PRESENT) < workers.length);
    const stretches = 1 + (phase % STRIDE);
    Atomics.store(control, phases.ENTRY, phase);
    phases.openPhase(control, stretches);
    phases.takePart(control, (stretch) => Atomics.add(counts, STRIDE * phase + stretch, 1));
    while (Atomics.load(control, phases.DONE) < stretches);
    const seen = [...counts.subarray(STRIDE * phase, STRIDE * (phase + 1))];
    expect(seen).toEqual(Array.from({ length: STRIDE }, (_, at) => (at < stretches ? 1 : 0)));
  }
  Atomics.store(control, phases.STOPPED, 1);
  phases.openPhase(control, 0);
  await Promise.all(workers.map((worker) => once(worker, "exit")));
});

test("stretches lie end to end, and are of one size but for one unit", () => {
  for (const [units, stretches] of [
    [8, 8],
    [1000, 7],
    [9, 8],
    [2 ** 31 + 5, 255],
  ] as const) {
    const starts = Array.from({ length: stretches + 1 }, (_, at) => phases.startOf(units, at, stretches));
    expect([starts[0], starts.at(-1)]).toEqual([0, units]);
    const sizes = starts.slice(1).map((start, at) => start - starts[at]!);
    expect(Math.max(...sizes) - Math.min(...sizes)).toBeLessThanOrEqual(1);
    expect(Math.min(...sizes)).toBeGreaterThan(0);
  }
});
