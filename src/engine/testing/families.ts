import path from "node:path";
import { adapters } from "../adapters/index.ts";
import { type HostTensor, SafetensorsFile } from "../checkpoint/safetensors.ts";
import type { Device } from "../device/device.ts";
import type { LinearLayer } from "../model/transformer.ts";
import type { ParameterValues } from "../train/namedParameters.ts";
import { type Method, Network } from "../train/network.ts";
import { classification, completion, languageModelling, type Objective, regression } from "../train/objective.ts";
import { type Fixture, fileBytes, fixtures, loadFixture } from "./models.ts";

/** Families with fixtures from PyTorch and transformers, which tools/fixtures/parity.py makes. */
export const familyNames = [
  "bert",
  "roberta",
  "distilbert",
  "gpt2",
  "llama",
  "llama-tied",
  "qwen2",
  "t5",
  "t5-gated",
] as const;

/** How each is trained there. */
export const caseNames = ["lora", "full", "narrow", "compressed"] as const;

export type FamilyName = (typeof familyNames)[number];
export type CaseName = (typeof caseNames)[number];

/** Settings of a case, as the fixture's metadata has them. */
export interface TrainingCase {
  readonly method: keyof typeof adapters;
  readonly rank: number;
  readonly depth: number;
  readonly initScale: number;
  readonly gamma: number;
  readonly alpha: number;
  readonly learningRate: number;
  readonly weightDecay: number;
  readonly epsilon: number;
}

export interface Family extends Fixture {
  readonly name: FamilyName;
  readonly objective: Objective;
  readonly training: SafetensorsFile;
  readonly cases: Readonly<Record<CaseName, TrainingCase>>;
  /** A tensor's name in the fixture without what whole models put before it. */
  ownName(name: string): string;
}

export async function loadFamily(name: FamilyName): Promise<Family> {
  const fixture = await loadFixture(`parity/${name}`);
  const file = path.join(fixtures, "parity", name, "training.safetensors");
  const training = new SafetensorsFile(fileBytes(file), "training.safetensors");
  return {
    ...fixture,
    name,
    objective: objectiveOf(fixture),
    training,
    cases: JSON.parse(training.metadata.get("cases")!) as Family["cases"],
    ownName: (full) => (full.startsWith(fixture.prefix) ? full.slice(fixture.prefix.length) : full),
  };
}

/** The network as the fixture has it at the start: its head, and its factors where a case is named. */
export async function networkOf(device: Device, family: Family, caseName?: CaseName): Promise<Network> {
  const { transformer, tensors, objective, golden } = family;
  const setting = caseName && family.cases[caseName];
  const start = caseName ? factorsOf(family, caseName, "start") : new Map<string, HostTensor>();
  const method: Method = setting
    ? { kind: "adapter", adapter: adapters[setting.method], settings: setting }
    : { kind: "full" };
  const network = new Network(device, {
    transformer,
    checkpoint: tensors,
    targets: transformer.layers.filter(({ id }) => [...start.keys()].some((name) => name.startsWith(`${id}/`))),
    method,
    head: objective.head,
    headRate: 1,
    weightDecay: setting?.weightDecay ?? 0,
    epsilon: setting?.epsilon ?? 0,
    seed: 1,
  });
  const head = objective.head.map(({ name }) => [name, golden.read(name)] as const);
  await network.named.write(new Map<string, ParameterValues>([...head, ...start]));
  return network;
}

/** The factors' starting values or first gradients by the network's names, such as "0.query/W1". */
export function factorsOf(
  { training, transformer, ownName }: Family,
  caseName: CaseName,
  part: "start" | "gradient",
): Map<string, HostTensor> {
  const layers = new Map(transformer.layers.map((layer): [string, LinearLayer] => [layer.weight, layer]));
  const before = `${caseName}/${part} `;
  const names = training.names.filter((name) => name.startsWith(before));
  return new Map(
    names.map((name) => {
      const [weight, factor] = name.slice(before.length).split("/") as [string, string?];
      const own = factor === undefined ? weight : `${layers.get(ownName(weight))!.id}/${factor}`;
      return [own, training.read(name)];
    }),
  );
}

/** What the fixture's loss is, in the objectives of runs. */
function objectiveOf({ golden, transformer }: Fixture): Objective {
  const start = { meanLabel: 0, range: 1, seed: 1 };
  switch (golden.metadata.get("objective")) {
    case "regression of packed pairs":
      return regression(transformer, { ...start, reading: "packed" });
    case "regression of two towers":
      return regression(transformer, { ...start, reading: "two-towers" });
    case "classification":
      return classification(transformer, {
        reading: "single",
        classes: golden.entries.get("head.bias")!.shape[0]!,
        seed: 1,
      });
    default:
      return transformer.decoderStart === undefined ? languageModelling(transformer) : completion(transformer);
  }
}
