// How far the engine is from other implementations, on the CPU's reference loops and on WebGPU, as a table in docs/.
//
//   npm run parity               writes docs/parity.md; exit code 1 where something is above its tolerance
//   npm run parity -- --out FILE writes elsewhere
import { readFileSync, writeFileSync } from "node:fs";
import path from "node:path";
import { CpuDevice } from "../../src/engine/device/cpu.ts";
import type { Device } from "../../src/engine/device/device.ts";
import { openNodeGpu } from "../../src/engine/testing/devices.ts";
import { type CaseName, caseNames, familyNames, loadFamily } from "../../src/engine/testing/families.ts";
import {
  type Deviation,
  measureModel,
  measureTraining,
  measureWhole,
  tolerances,
} from "../../src/engine/testing/familyParity.ts";
import { isThere, realCheckpoints } from "../../src/engine/testing/realCheckpoints.ts";
import { readFlags } from "../commandLine.ts";
import { root } from "../program.mjs";

type Quantity = Deviation["quantity"];

/** What a device's error is held to. */
interface Held {
  readonly error: number;
  readonly tolerance: number;
  readonly where?: string;
}

const { out = path.join(root, "docs/parity.md") } = readFlags({ out: "FILE" }).values;
const adapterLabels: Readonly<Record<CaseName, string>> = {
  lora: "LoRA",
  full: "Deep LoRA, full width",
  narrow: "Deep LoRA, narrow",
  compressed: "Deep LoRA, compressed",
};

const shown = (error: number) => (error === 0 ? "0" : error.toExponential(1));
const table = (head: readonly string[], rows: readonly (readonly string[])[]) =>
  [head, head.map(() => "---"), ...rows].map((cells) => `| ${cells.join(" | ")} |`).join("\n");

const gpu = await openNodeGpu();
const devices = [new CpuDevice(Float32Array), gpu];
const deviceLabels = ["the CPU", "WebGPU"];
const failures: string[] = [];
/** One cell: the error on every device, marked where it is above the tolerance. NaN is above every tolerance. */
const cell = (what: string, found: readonly Held[]) => {
  const parts = found.map(({ error, tolerance, where = "" }, at) => {
    if (error <= tolerance) return shown(error);
    failures.push(`${what} on ${deviceLabels[at]}: ${shown(error)} ${where}`);
    return `**${shown(error)} ✗**`;
  });
  return parts.join(" / ");
};
const onEach = async <T>(measure: (device: Device) => Promise<T>): Promise<T[]> => {
  const all: T[] = [];
  for (const device of devices) all.push(await measure(device));
  return all;
};
const held = (found: Deviation): Held => ({ ...found, tolerance: tolerances[found.quantity] });
/** Of what every device found, one quantity. */
const of = (all: readonly (readonly Deviation[])[], quantity: Quantity) =>
  all.map((deviations) => held(deviations.find((each) => each.quantity === quantity)!));

const modelQuantities = ["states", "outputs", "loss", "gradients"] as const;
const models: string[][] = [];
const gradients: string[][] = [];
const losses: string[][] = [];
let versions: readonly string[] = [];
for (const name of familyNames) {
  const family = await loadFamily(name);
  versions = ["torch", "transformers"].map((each) => `${each} ${family.golden.metadata.get(each)}`);
  const found = await onEach((device) => measureModel(device, family));
  models.push([name, ...modelQuantities.map((each) => cell(`${name}, ${each}`, of(found, each)))]);
  const ownGradients: string[] = [name];
  const ownLosses: string[] = [name];
  for (const caseName of caseNames) {
    const trained = await onEach((device) => measureTraining(device, family, caseName));
    const what = `${name}, ${adapterLabels[caseName]}`;
    ownGradients.push(cell(`${what}, gradients`, of(trained, "adapter gradients")));
    ownLosses.push(cell(`${what}, losses`, of(trained, "ten losses")));
  }
  const whole = await onEach((device) => measureWhole(device, family));
  ownLosses.push(cell(`${name}, full fine-tuning, losses`, whole.map(held)));
  gradients.push(ownGradients);
  losses.push(ownLosses);
  console.log(name);
}

const real: string[][] = [];
for (const [name, checkpoint] of Object.entries(realCheckpoints)) {
  if (!isThere(checkpoint)) {
    real.push([name, `skipped: ${path.relative(root, checkpoint.needs)} is not there`, "", ""]);
    continue;
  }
  const found = await onEach(checkpoint.measure);
  for (const [at, { quantity, tolerance }] of found[0]!.entries()) {
    const each = found.map((agreements) => agreements[at]!);
    real.push([name, quantity, cell(`${name}, ${quantity}`, each), shown(tolerance)]);
  }
  console.log(name);
}

const { vendor, architecture, description } = gpu.description;
const dawn = JSON.parse(readFileSync(path.join(root, "node_modules/webgpu/package.json"), "utf8")).version;
const adapter = [vendor, architecture, description].filter(Boolean).join(" ");
const bound = (quantity: Quantity) => tolerances[quantity].toExponential(0);
const heads = caseNames.map((each) => adapterLabels[each]);
const text = `# Parity

How far the engine is from implementations that are not ours. Each cell holds two errors: of the reference loops on the
CPU in float32, and of WebGPU on ${adapter}.

Written by \`npm run parity\` on ${new Date().toISOString().slice(0, 10)} with Node ${process.version} and Dawn (npm's webgpu ${dawn}). The
fixtures are from ${versions.join(" and ")}, in float64 ([tools/fixtures/parity.py](../tools/fixtures/parity.py)).
\`npx vitest run src/engine/run/parity.test.ts\` holds the engine to them too, in float64 and on WebGPU.

## Models

Tiny random models of the real classes and padded batches. States are of every block, outputs are logits, sentence
vectors, pooled vectors and predictions (tolerance of these and of the loss: ${bound("states")}); gradients are those of weights and
of the embeddings (tolerance ${bound("gradients")}). Errors are relative to the largest value of each tensor.

${table(["family", ...modelQuantities], models)}

## Gradients of every factor

At the first step, in all dense layers of attention and perceptron, square and not (full width: of the last block);
tolerance ${bound("adapter gradients")}, relative to the largest value of each factor's gradient.

${table(["family", ...heads], gradients)}

## Ten losses

Of ten steps of AdamW from the same factors, LoRA with decay, the outer factors of the compressed form at a tenth of the
rate, full fine-tuning with decay of matrices alone; tolerance ${bound("ten losses")}, relative to each loss.

${table(["family", ...heads, "Full fine-tuning"], losses)}

## Real checkpoints

What others trained or made, against what their own programs computed. The story has 40 tokens on the CPU, 256 on WebGPU.

${table(["checkpoint", "quantity", "error", "tolerance"], real)}
`;
writeFileSync(out, text);
console.log(`\n${text}\nwritten to ${path.relative(process.cwd(), out)}`);
if (failures.length > 0) {
  console.error(`\nAbove tolerance:\n${failures.map((each) => `  ${each}`).join("\n")}`);
  process.exitCode = 1;
}
gpu.destroy();
