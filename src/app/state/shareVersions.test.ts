import { describe, expect, test } from "vitest";
import { defaultConfig, type RunConfig } from "../../engine/settings/config.ts";
import { noNotes } from "../../engine/settings/reader.ts";
import { fromQuery, toQuery } from "./share.ts";

describe("links of every version keep their meaning", () => {
  const own = { task: "custom", data: "rows.tsv~0123456789abcdef", dataFormat: "tsv", dataSecond: 3 } as const;
  test.each<[string, Partial<RunConfig>]>([
    // Up to version 2 there was one learning rate for all methods.
    ["v=1&method=lora&rank=4", { method: "lora", rank: 4, learningRate: 0.003 }],
    ["v=1&weightDecay=0.1", { weightDecay: 0.1, weightDecayOn: "all" }],
    ["v=2&method=lora&weightDecay=0.1&c=93411e1a", { method: "lora", weightDecay: 0.1, weightDecayOn: "all" }],
    [
      "v=2&task=own&data=rows.tsv~0123456789abcdef&dataFormat=tsv&dataSecond=3&dataBad=skip&c=5bfad2a6",
      { ...own, dataBad: "skip", dataRules: "1" },
    ],
    ["v=3&method=lora&weightDecay=0.1&c=f046c73e", { method: "lora", learningRate: 0.001, weightDecay: 0.1 }],
    [
      "v=3&task=own&data=rows.tsv~0123456789abcdef&dataFormat=tsv&dataSecond=3&dataContext=4&c=b52aa215",
      { ...own, dataContext: 4 },
    ],
    // Up to version 3 some settings had other names or words.
    [
      "v=3&batchSize=8&passes=4&activations=recomputed&kernels=tiled.split.split.tiled.fused&c=0961d147",
      {
        ...{ batchSize: 8, accumulationSteps: 4, gradientCheckpointing: "on" },
        kernels: "wide=tiled,narrow=split,long=split,small=tiled,attention=fused",
      },
    ],
    [
      "v=4&task=custom&data=rows.tsv~0123456789abcdef&dataFormat=tsv&dataSecond=3&accumulationSteps=2&gradientCheckpointing=on&kernels=wide=tiled,narrow=split,long=split,small=tiled&c=908ccde7",
      {
        ...{ ...own, accumulationSteps: 2, gradientCheckpointing: "on" },
        kernels: "wide=tiled,narrow=split,long=split,small=tiled",
      },
    ],
    [
      "v=4&method=lora&learningRate=0.02&weightDecay=0.1&optimizer=muon&spectrumEvery=5&c=a12efed9",
      { method: "lora", optimizer: "muon", learningRate: 0.02, weightDecay: 0.1, spectrumEvery: 5 },
    ],
    // From version 5 on links say where their run was made.
    [
      "v=5&method=dora&rank=4&learningRate=0.003&weightDecay=0.1&activationFormat=float16&madeOn=processor-2&c=316b3a6e",
      { method: "dora", rank: 4, learningRate: 0.003, weightDecay: 0.1, activationFormat: "float16" },
    ],
  ])("%s", (query, change) => {
    const notes = { ...noNotes, madeOn: query.startsWith("v=5") ? "processor-2" : "unsaid" };
    expect(fromQuery(query)).toEqual({ kind: "run", config: { ...defaultConfig, ...change }, notes });
  });

  test("what is written of an old link is a link of now with the same meaning", () => {
    for (const old of ["v=1&method=lora", "v=1&weightDecay=0.1", "v=2&method=lora&weightDecay=0.1&c=93411e1a"]) {
      const shared = fromQuery(old);
      expect(shared.kind === "run" && fromQuery(toQuery(shared.config, shared.notes))).toEqual(shared);
    }
  });

  test("a link by hand says so in place of a checksum", () => {
    expect(fromQuery("v=4&method=full&c=hand")).toEqual({
      kind: "run",
      config: { ...defaultConfig, method: "full", learningRate: 0.0001 },
      notes: noNotes,
    });
  });
});
