import { expect, test } from "vitest";
import flatIndex from "../../../shaders/lib/flat_index.wgsl?raw";
import philox from "../../../shaders/lib/philox.wgsl?raw";
import { CpuDevice } from "../device/cpu.ts";
import type { Device } from "../device/device.ts";
import { defineKernel } from "../kernels/kernel.ts";
import { philox4x32 } from "../random/philox.ts";
import { testGpu } from "../testing/devices.ts";
import { relativeError } from "../testing/parity.ts";
import { philoxVectors } from "../testing/philoxVectors.ts";
import { randomNormal, randomUniform } from "./random.ts";
import { Tape } from "./tape.ts";
import { persistent, readTensor, type Tensor, writeTensor } from "./tensor.ts";

/** Philox as it is, with words in 16-bit halves because buffers hold float32. */
const philoxKernel = defineKernel({
  name: "philox_words",
  reads: ["inputs"],
  writes: ["out"],
  params: { count: "u32" },
  variants: [
    {
      entry: "philox_words",
      source: `
        struct Params { count: u32 }
        @group(0) @binding(0) var<uniform> params: Params;
        @group(0) @binding(1) var<storage, read> inputs: array<f32>;
        @group(0) @binding(2) var<storage, read_write> out: array<f32>;
        fn word(at: u32) -> u32 { return u32(inputs[2u * at]) | (u32(inputs[2u * at + 1u]) << 16u); }
        @compute @workgroup_size(64)
        fn philox_words(
          @builtin(workgroup_id) group: vec3u,
          @builtin(num_workgroups) groups: vec3u,
          @builtin(local_invocation_index) local: u32,
        ) {
          let i = flat_index(group, groups, local);
          if (i >= params.count) { return; }
          let a = 6u * i;
          let words = philox(vec4u(word(a), word(a + 1u), word(a + 2u), word(a + 3u)), vec2u(word(a + 4u), word(a + 5u)));
          for (var lane = 0u; lane < 4u; lane++) {
            out[8u * i + 2u * lane] = f32(words[lane] & 0xffffu);
            out[8u * i + 2u * lane + 1u] = f32(words[lane] >> 16u);
          }
        }
      ${philox}${flatIndex}`,
      invocations: ({ count }) => count,
    },
  ],
  reference() {},
});

const halves = (words: readonly number[]) => words.flatMap((word) => [word & 0xffff, word >>> 16]);

test("Philox in WGSL gives Random123's known answers, and the host's words for other counters", async () => {
  const device = await testGpu();
  const others = Array.from({ length: 40 }, (_, i) => {
    const counter = [i, 3 * i, 0xfffffff0 + (i & 15), 77] as const;
    const key = [0x12345678 + i, 0xfedcba98 - i] as const;
    return { counter, key, expected: philox4x32(counter, key) };
  });
  const all = [...philoxVectors, ...others];
  const inputs = persistent(device, "inputs", [12 * all.length]);
  const out = persistent(device, "words", [8 * all.length]);
  writeTensor(
    device,
    inputs,
    all.flatMap(({ counter, key }) => halves([...counter, ...key])),
  );
  const tape = new Tape(device);
  tape.dispatch(philoxKernel, { tensors: { inputs, out }, params: { count: all.length } });
  device.submit([await tape.compile("philox")]);
  expect([...(await readTensor(device, out))]).toEqual(all.flatMap(({ expected }) => halves(expected)));
});

async function draw(device: Device, record: (tape: Tape, clock: Tensor) => Tensor, step = 5) {
  const clock = persistent(device, "clock", [64]);
  writeTensor(device, clock, [step, 0, 0, 0, 0xbeef, 0xdead, ...Array<number>(58).fill(0)]);
  const tape = new Tape(device);
  const kept = tape.keep(record(tape, clock));
  device.submit([await tape.compile("draw")]);
  return readTensor(device, kept);
}

test("uniform numbers are the same to the bit on every device, and change with step and stream", async () => {
  const record = (stream: number) => (tape: Tape, clock: Tensor) => randomUniform(tape, [7, 11], clock, { stream });
  const gpu = await testGpu();
  const expected = [...(await draw(new CpuDevice(Float64Array), record(1)))];
  expect([...(await draw(gpu, record(1)))]).toEqual(expected);
  expect([...(await draw(gpu, record(2)))]).not.toEqual(expected);
  expect([...(await draw(gpu, record(1), 6))]).not.toEqual(expected);
  expect(Math.min(...expected)).toBeGreaterThan(0);
  expect(Math.max(...expected)).toBeLessThan(1);
});

test("normal numbers are the host's up to the GPU's logarithm and sine, and have unit variance", async () => {
  const record = (tape: Tape, clock: Tensor) => randomNormal(tape, [4001], clock, { stream: 3 });
  const exact = await draw(new CpuDevice(Float64Array), record);
  const gpu = await draw(await testGpu(), record);
  // WGSL allows sin and cos an absolute error of 2⁻¹¹ on [−π, π]; angles here go to 2π.
  expect(relativeError(gpu, exact)).toBeLessThan(2 ** -11);
  let squares = 0;
  for (const x of gpu) squares += x * x;
  expect(Math.abs(squares / gpu.length - 1)).toBeLessThan(5 * Math.sqrt(2 / gpu.length));
});
