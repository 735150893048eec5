import { readFileSync } from "node:fs";
import path from "node:path";
import { afterAll, beforeAll, expect, test, vi } from "vitest";
import type { AdapterDescription } from "../../engine/device/device.ts";
import { defaultConfig } from "../../engine/settings/config.ts";
import { bundled, filesIn } from "../../engine/testing/models.ts";
import type { CheckSummary } from "../../engine/trust/summary.ts";
import type { RequestContext } from "./handler.ts";
import { trustHandlers } from "./trust.ts";

beforeAll(() => void vi.stubGlobal("navigator", { userAgent: "Ladybird" }));
afterAll(() => void vi.unstubAllGlobals());

const adapter = (architecture: string): AdapterDescription => ({
  vendor: "somebody",
  architecture,
  description: "",
  kind: "hardware",
  subgroups: true,
  shaderF16: false,
  invocations: 256,
  maxBufferSize: 1,
  maxStorageBufferBindingSize: 1,
});
const summary: CheckSummary = { when: "2001-01-01T00:00:00.000Z", count: 7, worst: undefined, failures: [] };
const rows = [3, 4].map((step) => ({ step, loss: 1 / step, learningRate: 0.1, gradientNorm: 1 }));

/** A worker whose device is `description`, and which holds a run or none. */
const context = (description: AdapterDescription, session: unknown): RequestContext =>
  ({
    trainer: { borrow: (use: (device: unknown, run: unknown) => unknown) => use({ description }, session) },
    sources: {
      model: async (reference: string) => filesIn(path.join(bundled, reference)),
      task: async (file: string) => readFileSync(path.join(bundled, "../tasks", file), "utf8"),
    },
    progress: () => {},
  }) as unknown as RequestContext;
const session = { config: defaultConfig, summary: { trainableParameters: 42 } };

test("a receipt carries the checks of its own device", async () => {
  const question = { rows, validation: { loss: 0.5 }, checked: { adapter: adapter("one"), summary } };
  const receipt = await trustHandlers.receipt(question, context(adapter("one"), session));
  expect(receipt).toMatchObject({
    checks: summary,
    adapter: adapter("one"),
    runtime: "Ladybird",
    config: defaultConfig,
    trainableParameters: 42,
    validation: { loss: 0.5 },
    // A run that went on from an opened adapter has taken the steps before it too.
    steps: 5,
    losses: { first: { value: 1 / 3 }, last: { value: 1 / 4, bits: "3e800000" } },
  });
  for (const hash of [receipt.sha256.model, receipt.sha256.shaders, ...Object.values(receipt.sha256.data)]) {
    expect(hash).toMatch(/^[0-9a-f]{64}$/);
  }
});

test.each([
  ["another device", { adapter: adapter("one"), summary }],
  ["none", undefined],
])("and not those of %s", async (_, checked) => {
  const question = { rows, validation: undefined, checked };
  expect(await trustHandlers.receipt(question, context(adapter("two"), session))).not.toHaveProperty("checks");
});

test("there is no receipt without a run", async () => {
  const question = { rows: [], validation: undefined, checked: undefined };
  await expect(trustHandlers.receipt(question, context(adapter("one"), undefined))).rejects.toThrow(
    "there is no run to write a receipt for",
  );
});
