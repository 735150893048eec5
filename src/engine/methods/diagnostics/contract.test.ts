import { describe, expect, test } from "vitest";
import { CpuDevice } from "../../device/cpu.ts";
import type { Device } from "../../device/device.ts";
import type { Field } from "../../field.ts";
import { Workspace } from "../../ops/memoryPlan.ts";
import { Tape } from "../../ops/tape.ts";
import { memoryOf, persistent, stacked, type Tensor, writeTensor } from "../../ops/tensor.ts";
import { testGpu } from "../../testing/devices.ts";
import { graded, withSpectrum } from "../../trust/spectra.ts";
import { type Diagnostic, type HostMatrix, type Measurement, type WatchedLayers, widthOf } from "./diagnostic.ts";
import { product, transposed } from "./hostMatrix.ts";
import { type DiagnosticSettings, diagnosticFields, diagnostics, measurementsOf, usualDiagnostics } from "./index.ts";
import { DiagnosticProbe, keepOf } from "./probe.ts";

const [OUT, INTO, RANK] = [24, 16, 4];
/** Everything that can be measured, of few directions. */
const settings = Object.fromEntries(
  Object.entries<Field>(diagnosticFields).map(([name, field]) => [
    name,
    field.kind === "number" ? Math.min(3, field.max) : lastOf(field),
  ]),
) as DiagnosticSettings;

/** Another value than the initial one, where there is one. */
function lastOf(field: Exclude<Field, { kind: "number" }>): string {
  const options = field.kind === "choice" ? Object.keys(field.options) : [];
  return options.findLast((option) => option !== field.initial) ?? field.initial;
}

const drawn = (rows: number, cols: number, number: number, smallest = 0.1): HostMatrix => ({
  rows,
  cols,
  values: withSpectrum(rows, cols, graded(Math.min(rows, cols), smallest), number),
});
const sum = (a: HostMatrix, b: HostMatrix, scale = 1): HostMatrix => ({
  ...a,
  values: Array.from(a.values, (x, at) => x + scale * b.values[at]!),
});
const scaled = (a: HostMatrix, scale: number): HostMatrix => ({ ...a, values: Array.from(a.values, (x) => scale * x) });

/** Two layers in each of the forms that an update has, with what they mean. */
function network(device: Device) {
  const owned: Tensor[] = [];
  const put = (name: string, layers: readonly HostMatrix[]): Tensor => {
    const shape = [layers.length, layers[0]!.rows, layers[0]!.cols];
    const tensor = persistent(device, name, shape, stacked(shape));
    writeTensor(
      device,
      tensor,
      layers.flatMap(({ values }) => [...Array.from(values)]),
    );
    owned.push(tensor);
    return tensor;
  };
  const pair = (rows: number, cols: number, number: number) => [0, 1].map((layer) => drawn(rows, cols, number + layer));
  const each = (of: (layer: number) => HostMatrix) => [0, 1].map(of);
  const [left, right] = [pair(OUT, RANK, 1), pair(INTO, RANK, 3)];
  const [U, core, V] = [pair(INTO, RANK, 5), pair(RANK, RANK, 7), pair(OUT, RANK, 9)];
  const [start, low] = [
    pair(OUT, INTO, 11),
    each((at) => product(drawn(OUT, RANK, 13 + at), transposed(drawn(INTO, RANK, 15 + at)))),
  ];
  const flipped = each((at) => transposed(low[at]!));
  const startFlipped = each((at) => transposed(start[at]!));
  const forms = {
    thin: {
      update: { left: put("left", left), right: put("right", right), scale: 1.5 },
      means: each((at) => scaled(product(left[at]!, transposed(right[at]!)), 1.5)),
    },
    turned: {
      update: { left: put("U", U), core: put("core", core), right: put("V", V), scale: 1, isTransposed: true },
      means: each((at) => transposed(product(product(U[at]!, core[at]!), transposed(V[at]!)))),
    },
    dense: {
      update: {
        dense: put(
          "W",
          each((at) => sum(start[at]!, low[at]!)),
        ),
        initial: put("W0", start),
      },
      means: low,
    },
    denseTurned: {
      update: {
        dense: put(
          "Wt",
          each((at) => sum(startFlipped[at]!, flipped[at]!)),
        ),
        initial: put("Wt0", startFlipped),
        isTransposed: true,
      },
      means: low,
    },
  };
  const gradients = Object.keys(forms).map((_, form) => pair(INTO, OUT, 20 + 2 * form));
  return {
    layers: Object.entries(forms).map(
      ([name, { update }]): WatchedLayers => ({ ids: [`0.${name}`, `1.${name}`], update: () => update }),
    ),
    means: Object.values(forms).map(({ means }) => means),
    gradients,
    gradientTensors: gradients.map((own, form) => put(`gradient ${form}`, own)),
    destroy() {
      for (const tensor of owned) memoryOf(tensor).destroy();
    },
  };
}

async function measuring(device: Device, name: string, entry: Measurement) {
  const workspace = new Workspace(device);
  const own = network(device);
  const kept = new Map<WatchedLayers, Readonly<Record<string, Tensor>>>();
  for (const [at, layers] of own.layers.entries())
    kept.set(layers, await keepOf(device, workspace, entry, own.gradientTensors[at]!, settings));
  const ids = own.layers.flatMap((layers) => layers.ids);
  const order = [...ids].reverse();
  const probe = await DiagnosticProbe.compile(device, workspace, name, entry, {
    layers: own.layers,
    order,
    settings,
    kept,
  });
  const width = widthOf(probe.columns);
  const expected = ids.flatMap((_, at) => {
    const [form, layer] = [Math.floor(at / 2), at % 2];
    const firstGradient = transposed(own.gradients[form]![layer]!);
    return [[...Array.from(entry.reference({ update: own.means[form]![layer]!, firstGradient }, probe.columns))]];
  });
  return {
    width,
    columns: probe.columns,
    expected: expected.reverse().flat(),
    async measure() {
      const [read] = device.submit([probe.program], [probe.readback]);
      return probe.ordered(await read!);
    },
    reset: () => probe.reset(),
    destroy() {
      probe.destroy();
      own.destroy();
      workspace.destroy();
    },
  };
}

const table = Object.entries(diagnostics as Record<string, Diagnostic>);
const measured = table.filter((row): row is [string, Measurement] => row[1].kind === "measurement");

describe.each(measured)("%s", (name, entry) => {
  test.each([
    ["in float64", async () => new CpuDevice(Float64Array), 1e-5],
    ["on WebGPU", testGpu, 1e-4],
  ] as const)("gives the numbers of its reference, %s, and gives all memory back", async (_, open, tolerance) => {
    const device = await open();
    const tape = new Tape(device);
    // What a device keeps for all tapes is there before anything is counted.
    void [tape.zero, tape.one];
    const before = device.ledger.liveBytes;
    const own = await measuring(device, name, entry);
    const first = await own.measure();
    expect(first.length).toBe(8 * own.width);
    expect(own.expected.length, "as many values as columns").toBe(first.length);
    const largest = Math.max(...own.expected.map(Math.abs)) || 1;
    first.forEach((value, at) => {
      expect(Math.abs(value - own.expected[at]!) / largest, `value ${at}`).toBeLessThan(tolerance);
    });
    await own.measure();
    own.reset();
    expect(await own.measure(), "the same after a reset").toEqual(first);
    own.destroy();
    expect(device.ledger.liveBytes).toBe(before);
  });

  test("says what it is, and its columns have names of their own", async () => {
    expect([entry.label, entry.source].every((text) => text.length > 0)).toBe(true);
    const device = new CpuDevice(Float64Array);
    const { columns, destroy } = await measuring(device, name, entry);
    expect(new Set(columns.map((column) => column.name)).size).toBe(columns.length);
    destroy();
  });
});

test("a derivation gives as many values as it has columns, from a diagnostic of the table", () => {
  for (const [name, entry] of table) {
    if (entry.kind !== "derivation") continue;
    expect(Object.keys(diagnostics), name).toContain(entry.from);
    expect(entry.columns.length, "a bar with two marks at most").toBeLessThanOrEqual(3);
    for (const values of [[3, 2, 1], [0, 0], []]) {
      const own = entry.of(values);
      expect(own.length, name).toBe(widthOf(entry.columns));
      expect(own.every(Number.isFinite), name).toBe(true);
    }
  }
});

test("one diagnostic at most is drawn as singular values", () => {
  expect(table.filter(([, { chart }]) => chart === "singular values").length).toBeLessThanOrEqual(1);
});

test("settings of diagnostics are off unless somebody asks for more", () => {
  const names = (own: DiagnosticSettings) => measurementsOf(own).map(({ name }) => name as string);
  expect(names(usualDiagnostics)).toEqual(measured.filter(([, { isOn }]) => !isOn).map(([name]) => name));
  expect(names(settings)).toEqual(measured.map(([name]) => name));
});
