import { expect, test } from "vitest";
import { diskSources } from "../../../tools/disk.ts";
import type { HostTensor } from "../checkpoint/safetensors.ts";
import { PlanningDevice } from "../device/planning.ts";
import { type ElementFormat, packed, unpacked } from "../kernels/formats.ts";
import { loadModel } from "../model/loadModel.ts";
import { sizeOf } from "../ops/tensor.ts";
import { testGpuAsHardware } from "../testing/devices.ts";
import { loadFamily } from "../testing/families.ts";
import { measureTraining } from "../testing/familyParity.ts";
import { Network, type NetworkOptions } from "./network.ts";

/** Weights as a checkpoint in that format has them; `says` whether readers hear of it. */
function rounded(
  tensors: ReadonlyMap<string, HostTensor>,
  format: "float16" | "bfloat16",
  says: boolean,
): ReadonlyMap<string, HostTensor> {
  return new Map(
    [...tensors].map(([name, { shape, values }]) => {
      const stored: { format?: ElementFormat } = says ? { format } : {};
      return [name, { shape, values: unpacked(packed(values, format), format), ...stored }];
    }),
  );
}

test.each([
  ["bert", "float16"],
  ["gpt2", "bfloat16"],
  ["llama-tied", "bfloat16"],
  ["t5-gated", "float16"],
] as const)("%s trains on weights in %s to the same bits as on the same weights in float32", async (name, format) => {
  const family = await loadFamily(name);
  const device = await testGpuAsHardware();
  // Of all shaders that read these formats, which have checks of their own, the one that is compiled the soonest.
  device.kernelChoice = "wide=plain,narrow=plain,long=plain,small=plain";
  const [wide, narrow] = [false, true].map((says) => ({ ...family, tensors: rounded(family.tensors, format, says) }));
  const expected = await measureTraining(device, wide!, "lora");
  expect(await measureTraining(device, narrow!, "lora")).toEqual(expected);
  device.kernelChoice = undefined;
});

test.each(["pd-bert", "pd-gpt"])(
  "on a card %s, whose weights are halves, takes two bytes less for each",
  async (model) => {
    const { tensors, transformer } = await loadModel(await diskSources.model(model));
    const bytesOf = async (checkpoint: ReadonlyMap<string, HostTensor>) => {
      const device = new PlanningDevice({ maxBufferSize: 2 ** 31, maxStorageBufferBindingSize: 2 ** 31 }, "hardware");
      const head = [{ name: "head", shape: [1], initial: Float64Array.of(0) }];
      const settings = {
        targets: [],
        method: { kind: "head" },
        head,
        headRate: 1,
        weightDecay: 0,
        weightDecayOn: "matrices",
        epsilon: 1e-8,
        seed: 0,
      };
      await Network.create(device, { transformer, checkpoint, ...settings } as NetworkOptions);
      return device.ledger.liveBytes;
    };
    const matrices = transformer.tensors.filter(({ anyFormat }) => anyFormat);
    const elements = matrices.reduce((sum, { shape }) => sum + sizeOf(shape), 0);
    const wide = new Map([...tensors].map(([name, { shape, values }]) => [name, { shape, values }]));
    expect((await bytesOf(wide)) - (await bytesOf(tensors))).toBe(2 * elements);
    expect(await bytesOf(tensors)).toBeLessThan(0.53 * (await bytesOf(wide)));
  },
);
