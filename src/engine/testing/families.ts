import path from "node:path";
import { type HostTensor, SafetensorsFile } from "../checkpoint/safetensors.ts";
import type { Device } from "../device/device.ts";
import { adapters } from "../methods/adapters/index.ts";
import { type Fields, settingsOf } from "../methods/method.ts";
import type { LinearLayer } from "../model/transformer.ts";
import type { ParameterValues } from "../run/namedParameters.ts";
import { Network, type NetworkOptions } from "../run/network.ts";
import { classification, completion, languageModelling, type Objective, regression } from "../run/objective.ts";
import type { Trained } from "../settings/chosenMethod.ts";
import { defaultConfig } from "../settings/config.ts";
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

/** Settings of full fine-tuning there, as the metadata of its losses has them. */
export type WholeCase = Pick<TrainingCase, "learningRate" | "weightDecay" | "epsilon"> &
  Pick<NetworkOptions, "weightDecayOn">;

export interface Family extends Fixture {
  readonly name: FamilyName;
  readonly objective: Objective;
  readonly training: SafetensorsFile;
  readonly cases: Readonly<Record<CaseName, TrainingCase>>;
  /** Full fine-tuning of which matrices alone decay, with the losses of its steps. */
  readonly whole: WholeCase;
  readonly wholeLosses: HostTensor;
  /** A tensor's name in the fixture without what whole models put before it. */
  ownName(name: string): string;
}

export async function loadFamily(name: FamilyName): Promise<Family> {
  const fixture = await loadFixture(`parity/${name}`);
  const open = (file: string) => new SafetensorsFile(fileBytes(path.join(fixtures, "parity", name, file)), file);
  const [training, decay] = [open("training.safetensors"), open("decay.safetensors")];
  return {
    ...fixture,
    name,
    objective: objectiveOf(fixture),
    training,
    cases: JSON.parse(training.metadata.get("cases")!) as Family["cases"],
    whole: JSON.parse(decay.metadata.get("case")!) as WholeCase,
    wholeLosses: decay.read("whole/losses"),
    ownName: (full) => (full.startsWith(fixture.prefix) ? full.slice(fixture.prefix.length) : full),
  };
}

/** The network as the fixture has it at the start: its head, and its factors where a case of an adapter is named. */
export async function networkOf(device: Device, family: Family, caseName?: CaseName): Promise<Network> {
  const { transformer, tensors, objective, golden, whole } = family;
  const setting = caseName && family.cases[caseName];
  const start = caseName ? factorsOf(family, caseName, "start") : new Map<string, HostTensor>();
  const method: Trained = setting
    ? {
        kind: "adapter",
        adapter: adapters[setting.method],
        settings: settingsOf<Fields>(adapters[setting.method], { ...defaultConfig, ...setting }),
      }
    : { kind: "full" };
  const network = await Network.create(device, {
    transformer,
    checkpoint: tensors,
    targets: transformer.layers.filter(({ id }) => [...start.keys()].some((name) => name.startsWith(`${id}/`))),
    method,
    head: objective.head,
    headRate: 1,
    weightDecay: (setting ?? whole).weightDecay,
    // The biases of heads decay beside adapters there.
    weightDecayOn: setting ? "all" : whole.weightDecayOn,
    epsilon: (setting ?? whole).epsilon,
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
