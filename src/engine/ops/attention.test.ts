import { describe, expect, test } from "vitest";
import { CpuDevice } from "../device/cpu.ts";
import type { BoundDispatch, Device, Program } from "../device/device.ts";
import { PlanningDevice } from "../device/planning.ts";
import { DeviceScope } from "../device/scope.ts";
import { WRITTEN_CHOICE, writtenChoice } from "../kernels/matmulVariants.ts";
import { attention } from "./attention.ts";
import type { AttentionInputs } from "./attentionInputs.ts";
import { Tape } from "./tape.ts";
import { persistent } from "./tensor.ts";

/** A device lent for a while, which remembers the kernels of what is compiled. */
class KernelNames extends DeviceScope {
  names: string[] = [];

  override compile(label: string, dispatches: readonly BoundDispatch[]): Promise<Program> {
    this.names = dispatches.map(({ kernel }) => kernel.name);
    return super.compile(label, dispatches);
  }
}

/** The kernels of attention forward, with `ways` chosen for a device. */
async function kernelsOf(
  device: Device,
  ways: string | undefined,
  change: { readonly headWidth?: number; readonly hasBias?: boolean } = {},
): Promise<string[]> {
  const { headWidth = 8, hasBias = false } = change;
  const scope = new KernelNames(device);
  scope.kernelChoice = ways;
  const tape = new Tape(scope);
  const part = (name: string) => persistent(scope, name, [2, 3, 5, headWidth]);
  const inputs: AttentionInputs = {
    ...{ query: part("query"), key: part("key"), value: part("value"), mask: persistent(scope, "mask", [2, 5]) },
    ...{ causal: false, scale: 1 },
    ...(hasBias && { bias: persistent(scope, "bias", [3, 5, 5]) }),
  };
  expect(attention(tape, inputs).shape).toEqual([2, 5, 3 * headWidth]);
  await tape.compile("attention");
  scope.destroy();
  return scope.names;
}

const composed = ["matmul", "attention_softmax", "matmul"];
const fused = ["attention_forward"];
const limits = { maxBufferSize: 2 ** 20, maxStorageBufferBindingSize: 2 ** 20 };

describe("attention", () => {
  test.each(["software", "hardware"] as const)("is fused where that was chosen, on %s", async (kind) => {
    const device = new PlanningDevice(limits, kind);
    expect(await kernelsOf(device, undefined)).toEqual(composed);
    expect(await kernelsOf(device, "wide=plain,narrow=plain,long=plain,small=plain")).toEqual(composed);
    expect(await kernelsOf(device, "wide=plain,narrow=plain,long=plain,small=plain,attention=composed")).toEqual(
      composed,
    );
    expect(await kernelsOf(device, "wide=plain,narrow=plain,long=plain,small=plain,attention=fused")).toEqual(fused);
  });

  test("stays composed on a processor, with a bias, and where heads are too wide", async () => {
    const ways = "wide=tiled,narrow=split,long=split,small=tiled,attention=fused";
    const device = new PlanningDevice(limits);
    expect(await kernelsOf(new CpuDevice(), ways)).toEqual(composed);
    expect(await kernelsOf(device, ways, { hasBias: true })).toEqual(composed);
    expect(await kernelsOf(device, ways, { headWidth: 129 })).toEqual(composed);
    expect(await kernelsOf(device, ways, { headWidth: 128 })).toEqual(fused);
  });

  test("what is chosen through a scope goes when it does", async () => {
    const device: Device = new PlanningDevice(limits);
    device.kernelChoice = "wide=split,narrow=split,long=split,small=split";
    await kernelsOf(device, "wide=plain,narrow=plain,long=plain,small=plain,attention=fused");
    expect(device.kernelChoice).toBe("wide=split,narrow=split,long=split,small=split");
  });

  test("that it is fused is the fifth part of a written choice, which older ones do not have", () => {
    const ways = { wide: "tiled", narrow: "split", long: "split", small: "tiled" } as const;
    expect(writtenChoice(ways)).toBe("wide=tiled,narrow=split,long=split,small=tiled");
    expect(writtenChoice(ways, "composed")).toBe("wide=tiled,narrow=split,long=split,small=tiled");
    expect(writtenChoice(ways, "fused")).toBe("wide=tiled,narrow=split,long=split,small=tiled,attention=fused");
    for (const written of [
      "wide=tiled,narrow=split,long=split,small=tiled",
      "wide=tiled,narrow=split,long=split,small=tiled,attention=fused",
      "wide=plain,narrow=quads,long=plain,small=plain,attention=composed",
    ])
      expect(written).toMatch(WRITTEN_CHOICE);
    for (const other of ["tiled.split.split.fused", "tiled.split.split.tiled.", "tiled.split.split.tiled.fused.fused"])
      expect(other).not.toMatch(WRITTEN_CHOICE);
  });
});
