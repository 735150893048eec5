import { describe, expect, test } from "vitest";
import type { PeftLayer } from "../methods/adapters/peftForm.ts";
import { loadFixture } from "../testing/models.ts";
import { filesInForm, forms, tensorOf } from "../testing/peftForms.ts";
import { nanoConfig } from "../testing/runs.ts";
import { openPeft } from "./openPeft.ts";

const { transformer, tensors } = await loadFixture("nano-bert");
const layers = transformer.layers.filter(({ kind }) => kind === "query");
const base = { transformer, tensors: async () => tensors, task: () => Promise.reject(new Error("no head is saved")) };

describe.each(forms.filter(({ form }) => form.read))("$name", (entry) => {
  const open = (given: Parameters<typeof filesInForm>[2]) =>
    openPeft(filesInForm(entry, layers, given), nanoConfig, base);

  test("is loaded as it stands", async () => {
    const { config, from } = await open({ ranks: [3, 3] });
    expect(config).toMatchObject({ method: entry.name, rank: 3 });
    const kept = Object.keys(entry.form.tensors);
    expect([...from.parts.value!.keys()].sort()).toEqual(
      layers.flatMap(({ id }) => kept.map((name) => `${id}/${name}`)).sort(),
    );
  });

  test("with layers of several ranks is refused by name", async () => {
    await expect(open({ ranks: [3, 2] })).rejects.toMatchObject({
      code: "adapter-unsupported",
      message: expect.stringContaining(`differ in rank, and a run of ${entry.adapter.label} has one`),
      hint: expect.stringContaining("merge_and_unload"),
    });
  });

  test("of another width is refused with what its layer needs", async () => {
    const widened = ({ values }: PeftLayer) =>
      Object.fromEntries(
        Object.entries(values).map(
          ([
            name,
            {
              shape: [rows, cols],
            },
          ]) => [name, tensorOf([rows!, cols! + 1], 1)],
        ),
      );
    await expect(open({ ranks: [3, 3], change: widened })).rejects.toMatchObject({
      code: "tensor-shape",
      message: expect.stringMatching(/needs \[/),
    });
  });

  test("of a rank that its layers cannot have is refused", async () => {
    await expect(open({ ranks: [40, 40] })).rejects.toMatchObject({
      code: "adapter-unsupported",
      message: expect.stringContaining("has rank 40 in layer 0.query"),
    });
  });
});
