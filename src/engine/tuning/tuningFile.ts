import { type Refuse, StrictEntries } from "../checkpoint/strictEntries.ts";
import { type AdapterDescription, nameOfDevice } from "../device/device.ts";
import { ConfigError } from "../errors.ts";
import {
  attentionVariants,
  matmulVariants,
  productClasses,
  reductionVariants,
  WRITTEN_CHOICE,
} from "../kernels/matmulVariants.ts";
import { version } from "../version.ts";
import type { Timing, Tuning } from "./tuneProducts.ts";

/** The version of the files that are written, and the last that is read. */
const VERSION = 1;

/** Characters of a file that is read: many times what one has. */
const MAX_LENGTH = 64 * 1024;

/** By what kinds of devices are told apart: what was measured on one says nothing of another. */
const telling = ["vendor", "architecture", "description", "kind", "subgroups", "subgroupSize", "featureLevel"] as const;

export type DeviceKind = Pick<AdapterDescription, (typeof telling)[number]>;

/** What was measured where and when. */
export interface SharedTuning {
  readonly rankscope: string;
  /** ISO 8601. */
  readonly measured: string;
  readonly device: DeviceKind;
  readonly tuning: Tuning;
}

/** Why a file was refused, for whoever has to tell the cases apart. */
export type TuningCode = "tuning-damaged" | "tuning-newer" | "tuning-other-device";

/** A file with a choice of kernels that cannot be used. */
export class TuningFileError extends ConfigError {
  readonly code: TuningCode;

  constructor(code: TuningCode, message: string, hint: string) {
    super(message, hint);
    this.code = code;
  }
}

/** The part of a device's description that kinds are told apart by. */
export function kindOfDevice(adapter: AdapterDescription): DeviceKind {
  return Object.fromEntries(
    telling.flatMap((name) => (adapter[name] === undefined ? [] : [[name, adapter[name]]])),
  ) as unknown as DeviceKind;
}

export function isSameKind(a: DeviceKind, b: DeviceKind): boolean {
  return telling.every((name) => a[name] === b[name]);
}

/** A choice of kernels as a file for others with the same kind of device. */
export function writeTuning(
  adapter: AdapterDescription,
  { kernelChoice, standard, timings }: Tuning,
  when: Date,
): string {
  const content = {
    tuning: VERSION,
    rankscope: version,
    measured: when.toISOString(),
    device: kindOfDevice(adapter),
    kernels: kernelChoice,
    standard,
    timings,
  };
  return `${JSON.stringify(content, undefined, 2)}\n`;
}

/**
 * Reads what `writeTuning` wrote, strictly.
 *
 * @param file for messages.
 * @throws TuningFileError.
 */
export function readTuning(text: string, file: string): SharedTuning {
  const refuse: Refuse = (problem) => {
    throw new TuningFileError(
      "tuning-damaged",
      `${file} is no file of tuned kernels, or was changed: ${problem}`,
      "Take an undamaged copy, or measure the kernels on this device.",
    );
  };
  if (text.length > MAX_LENGTH) refuse(`it has more than ${MAX_LENGTH.toLocaleString("en")} characters`);
  const entries = StrictEntries.parse(text, refuse);
  const written = entries.number("tuning");
  if (written > VERSION) {
    throw new TuningFileError(
      "tuning-newer",
      `${file} is of version ${written} of files of tuned kernels, and this program reads version ${VERSION}`,
      "A newer program reads it.",
    );
  }
  if (written !== VERSION) refuse(`there is no version ${written}`);
  const choice = (name: string) => entries.matching(name, WRITTEN_CHOICE, "a choice of kernels, such as wide=tiled,…");
  const shared = {
    rankscope: entries.text("rankscope"),
    measured: entries.matching("measured", /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/, "a date as in ISO 8601"),
    device: deviceFrom(entries.object("device")),
    tuning: {
      kernelChoice: choice("kernels"),
      standard: choice("standard"),
      timings: entries.objects("timings", 100).map(timingFrom),
    },
  };
  entries.end();
  return shared;
}

/** @throws TuningFileError where a file is of another kind of device. */
export function assertOfDevice({ device }: SharedTuning, adapter: AdapterDescription, file: string): void {
  if (isSameKind(device, adapter)) return;
  const differ = telling.filter((name) => device[name] !== adapter[name]);
  throw new TuningFileError(
    "tuning-other-device",
    `${file} was measured on ${nameOfDevice(device)}, and this is ${nameOfDevice(adapter)}: they differ in ${differ.join(", ")}`,
    "Measure the kernels on this device.",
  );
}

function deviceFrom(entries: StrictEntries): DeviceKind {
  const subgroupSize = entries.optional("subgroupSize", (device, name) => device.number(name));
  const featureLevel = entries.optional("featureLevel", (device, name) =>
    device.choice(name, ["core", "compatibility"]),
  );
  const device = {
    vendor: entries.text("vendor"),
    architecture: entries.text("architecture"),
    description: entries.text("description"),
    kind: entries.choice("kind", ["software", "hardware"]),
    subgroups: entries.flag("subgroups"),
    ...(subgroupSize !== undefined && { subgroupSize }),
    ...(featureLevel && { featureLevel }),
  };
  entries.end();
  return device;
}

function timingFrom(entries: StrictEntries): Timing {
  const of = entries.choice("class", [...productClasses, "attention", "reductions"]);
  const ways = { attention: attentionVariants, reductions: reductionVariants };
  const way = entries.choice(
    "way",
    of === "attention" || of === "reductions" ? (ways[of] as readonly Timing["way"][]) : matmulVariants,
  );
  const ms = entries.number("ms");
  entries.end();
  // The way is one of its class's.
  return { class: of, way, ms } as Timing;
}
