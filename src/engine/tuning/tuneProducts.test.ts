import { expect, test } from "vitest";
import { readChoice, WRITTEN_CHOICE, writtenChoice } from "../kernels/matmulVariants.ts";
import { testGpu, testGpuAsHardware, testGpuWithoutSubgroups } from "../testing/devices.ts";
import { type Samples, tuneProducts } from "./tuneProducts.ts";

/** Small enough for workgroups with barriers on a software adapter. */
const few: Samples = {
  products: {
    wide: [{ size: [1, 40, 9, 40], transposeB: true }],
    narrow: [{ size: [1, 40, 12, 8] }],
    long: [{ size: [1, 4, 70, 4], transposeA: true }],
    small: [{ size: [8, 5, 6, 7] }],
  },
  attention: [1, 2, 5, 8],
  reductions: [9, 21],
};

test("every way that an adapter can run is measured, class by class, and the choice is one of them", async () => {
  const device = await testGpu();
  const doing: string[] = [];
  const { kernelChoice, standard, timings } = await tuneProducts(device, device.description, {
    samples: few,
    report: (text) => doing.push(text),
  });
  expect(standard).toBe("wide=quads,narrow=quads,long=quads,small=quads");
  expect(kernelChoice).toMatch(WRITTEN_CHOICE);
  expect(timings.map((timing) => `${timing.class} ${timing.way}`)).toEqual([
    ...["wide", "narrow", "long", "small"].flatMap((each) => [`${each} plain`, `${each} quads`]),
    "attention composed",
    "attention fused",
    "reductions plain",
    "reductions subgroups",
  ]);
  for (const { ms } of timings) expect(ms).toBeGreaterThan(0);
  expect(doing).toHaveLength(6);
  expect(device.kernelChoice).toBeUndefined();
});

test("a graphics card has five ways of products, two of attention and of reductions, and what is in use is put back", async () => {
  const device = await testGpuAsHardware();
  device.kernelChoice = "wide=plain,narrow=plain,long=plain,small=plain";
  const { standard, timings } = await tuneProducts(device, device.description, { samples: few });
  expect(standard).toBe("wide=tiled,narrow=split,long=split,small=tiled");
  expect(timings).toHaveLength(4 * 5 + 2 + 2);
  expect(device.kernelChoice).toBe("wide=plain,narrow=plain,long=plain,small=plain");
  device.kernelChoice = undefined;
});

test("nothing is left on the device, and giving it up ends it", async () => {
  const device = await testGpuWithoutSubgroups();
  await tuneProducts(device, device.description, { samples: few });
  const { liveBytes } = device.ledger;
  await tuneProducts(device, device.description, { samples: few });
  expect(device.ledger.liveBytes).toBe(liveBytes);
  const signal = AbortSignal.abort();
  await expect(tuneProducts(device, device.description, { samples: few, signal })).rejects.toThrow(/abort/i);
});

test("a choice with reductions is read as it was written, and one without has the plain ones", () => {
  const products = { wide: "tiled", narrow: "split", long: "split", small: "tiled" } as const;
  const written = writtenChoice(products, "fused", "subgroups");
  expect(written).toBe("wide=tiled,narrow=split,long=split,small=tiled,attention=fused,reductions=subgroups");
  expect(written).toMatch(WRITTEN_CHOICE);
  expect(readChoice(written)).toEqual({ ...products, attention: "fused", reductions: "subgroups" });
  expect(writtenChoice(products)).not.toContain("reductions");
  expect(readChoice(writtenChoice(products))).toMatchObject({ attention: "composed", reductions: "plain" });
  expect("wide=tiled,narrow=split,long=split,small=tiled,reductions=subgroups,attention=fused").not.toMatch(
    WRITTEN_CHOICE,
  );
});
