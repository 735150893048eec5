import { expect, test } from "vitest";
import { deviceFor } from "./adapters.ts";

const adapter = (info: Partial<GPUAdapterInfo>) => ({ info }) as GPUAdapter;
const card = adapter({ vendor: "nvidia", architecture: "turing", isFallbackAdapter: false });
const software = [
  adapter({ vendor: "google", architecture: "swiftshader", isFallbackAdapter: false }),
  adapter({ vendor: "mesa", architecture: "", description: "llvmpipe (LLVM 19, 256 bits)" }),
  adapter({ vendor: "microsoft", description: "Microsoft Basic Render Driver" }),
  adapter({ isFallbackAdapter: true }),
];

test("a graphics card trains unless the processor was chosen", () => {
  expect(deviceFor(card)).toBe("graphics");
  expect(deviceFor(card, "graphics")).toBe("graphics");
  expect(deviceFor(card, "processor")).toBe("processor");
});

test("the processor trains in the place of a software GPU unless that was chosen", () => {
  for (const each of software) {
    expect(deviceFor(each)).toBe("processor");
    expect(deviceFor(each, "graphics")).toBe("graphics");
  }
});

test("without any adapter the processor trains, whatever was chosen", () => {
  expect(deviceFor(null)).toBe("processor");
  expect(deviceFor(null, "graphics")).toBe("processor");
});
