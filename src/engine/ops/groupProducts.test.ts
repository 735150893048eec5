import { expect, test } from "vitest";
import type { BoundDispatch, Program } from "../device/device.ts";
import { DeviceScope } from "../device/scope.ts";
import { testGpuAsHardware } from "../testing/devices.ts";
import { matmul } from "./matmul.ts";
import { Tape } from "./tape.ts";
import { persistent, readTensor, sizeOf, type Tensor, writeTensor } from "./tensor.ts";

/** A card that is planned for as if it gained nothing by fewer dispatches. */
class Apart extends DeviceScope {
  override readonly kind = "software";
}

/** One that counts. */
class Counted extends DeviceScope {
  dispatches: readonly BoundDispatch[] = [];

  override compile(label: string, dispatches: readonly BoundDispatch[]): Promise<Program> {
    this.dispatches = dispatches;
    return super.compile(label, dispatches);
  }
}

/**
 * Query, key and value of ragged sizes, of an input, each with what an adapter adds; what they give back to it, as a sum; and
 * gradients of different sizes that lie in one buffer.
 */
async function computed(device: DeviceScope): Promise<(readonly number[])[]> {
  const put = (name: string, shape: readonly number[]): Tensor => {
    const tensor = persistent(device, name, shape);
    writeTensor(
      device,
      tensor,
      Float32Array.from({ length: sizeOf(shape) }, (_, at) => Math.sin(at * 12.9898) / 2),
    );
    return tensor;
  };
  const [x, downs, ups, biases] = [
    put("x", [50, 72]),
    put("down", [3, 72, 3]),
    put("up", [3, 3, 128]),
    put("bias", [3, 128]),
  ];
  const weights = put("weights", [3, 128, 72]);
  const arena = persistent(device, "gradients", [3 * 72 * 3]);
  const tape = new Tape(device);
  const parts = [0, 1, 2].map((at) => {
    const small = matmul(tape, x, tape.slice(downs, at));
    const add = matmul(tape, x, tape.slice(weights, at), { transposeB: true, add: tape.slice(biases, at) });
    return { small, out: matmul(tape, small, tape.slice(ups, at), { add, scale: 0.5 }) };
  });
  let sum: Tensor | undefined;
  for (const [at, { out }] of parts.entries())
    sum = matmul(tape, out, tape.slice(weights, at), sum ? { add: sum } : {});
  for (const [at, { small }] of parts.entries())
    tape.deliver(
      matmul(tape, x, small, { transposeA: true }),
      tape.view(arena, { shape: [72, 3], offset: at * 72 * 3 }),
    );
  const kept = [...parts.map(({ out }) => tape.keep(out)), tape.keep(sum!)];
  const program = await tape.compile("products");
  device.submit([program]);
  await device.idle();
  const read = [...kept, arena].map(async (tensor) => [...(await readTensor(device, tensor))]);
  return Promise.all(read);
}

test.each([undefined, "wide=plain,narrow=plain,long=plain,small=plain"])(
  "products that share dispatches give the bits of those that do not; kernels: %s",
  async (kernelChoice) => {
    const gpu = await testGpuAsHardware();
    const [apart, together] = [new Apart(gpu), new Counted(gpu)];
    gpu.kernelChoice = kernelChoice;
    const expected = await computed(apart);
    const found = await computed(together);
    gpu.kernelChoice = undefined;
    expect(found).toEqual(expected);
    expect(found.flat().filter((value) => value === 0).length).toBeLessThan(0.01 * found.flat().length);
    // The factors, what they give, the sum; and what is one product or none.
    expect(together.dispatches.map(({ parts = [] }) => parts.map(({ terms }) => terms))).toContainEqual([3, 2, 1]);
    expect(together.dispatches.filter(({ parts }) => parts?.length === 3).length).toBeGreaterThanOrEqual(3);
    apart.destroy();
    together.destroy();
  },
);
