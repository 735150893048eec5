import fc from "fast-check";
import { strToU8, zipSync } from "fflate";
import { expect, test } from "vitest";
import { writeSafetensors } from "../checkpoint/writeSafetensors.ts";
import { writeSnapshot } from "../run/snapshot.ts";
import { defaultConfig } from "../settings/config.ts";
import { noNotes } from "../settings/reader.ts";
import { nanoConfig, nanoSources } from "../testing/runs.ts";
import { adapterIn } from "./adapterFiles.ts";
import { openAdapter } from "./openAdapter.ts";

const buffer = (bytes: Uint8Array) => bytes.slice().buffer as ArrayBuffer;
const file = (name: string, content: ArrayBuffer | string) => ({
  name,
  read: async () => (typeof content === "string" ? buffer(strToU8(content)) : content),
});
const lora = writeSafetensors(new Map([["x.lora_A.weight", { shape: [1], values: new Float32Array(1) }]]));
const model = writeSafetensors(new Map([["wte.weight", { shape: [1], values: new Float32Array(1) }]]));
const parts = { "adapter_config.json": strToU8("{}"), "adapter_model.safetensors": new Uint8Array(lora) };
const zip = (files: Record<string, Uint8Array>) => buffer(zipSync(files));
const snapshot = await writeSnapshot({
  config: defaultConfig,
  notes: noNotes,
  model: "0".repeat(64),
  state: { step: 0, parts: {} },
});

test("a zip, a folder and loose files are the same adapter, whatever lies around it", async () => {
  const noise = fc.subarray(["README.md", "training_args.bin", "tokenizer.json", ".DS_Store"]);
  const folder = fc.constantFrom("", "lora/", "out/lora/");
  await fc.assert(
    fc.asyncProperty(noise, folder, fc.boolean(), fc.boolean(), async (others, at, isMac, isReversed) => {
      const inside: [string, Uint8Array][] = [
        ...Object.entries(parts).map(([name, content]): [string, Uint8Array] => [at + name, content]),
        ...others.map((name): [string, Uint8Array] => [at + name, strToU8("x")]),
        ...(isMac ? [[`__MACOSX/${at}._adapter_config.json`, strToU8("x")] as [string, Uint8Array]] : []),
      ];
      if (isReversed) inside.reverse();
      const loose = inside.map(([name, content]) => file(name, buffer(content)));
      for (const given of [loose, [file("a.zip", zip(Object.fromEntries(inside)))]]) {
        const found = await adapterIn(given);
        expect(found.kind === "peft" && [...found.files.keys()]).toEqual(Object.keys(parts));
      }
    }),
  );
});

test("a file of a run is one under any name, alone, in a folder and in a zip, and comes before PEFT's files", async () => {
  const name = "rankscope.safetensors";
  for (const given of [
    [file("my run.safetensors", snapshot)],
    [file("run", snapshot)],
    [
      file(`x/${name}`, snapshot),
      ...Object.entries(parts).map(([each, content]) => file(`x/${each}`, buffer(content))),
    ],
    [file("a.zip", zip({ ...parts, [name]: new Uint8Array(snapshot) }))],
  ]) {
    expect(await adapterIn(given)).toMatchObject({ kind: "native", content: snapshot });
  }
});

const none = "adapter-unsupported";
test.each([
  ["a CSV file", [file("rows.csv", "text,label\nx,1\n")], none, "rows.csv is a CSV file"],
  ["a table under another name", [file("rows.txt", "text,label\nx,1\n")], none, "rows.txt is a text"],
  ["JSON lines", [file("rows.jsonl", '{"text":"x"}\n')], none, "a JSONL file"],
  ["an experiment", [file("experiment.json", "{}")], none, "a JSON file"],
  ["an image", [file("a.png", buffer(Uint8Array.of(0x89, 0x50, 0x4e, 0x47, 13, 10)))], none, "a.png is an image"],
  ["a document", [file("a.pdf", "%PDF-1.7")], none, "PDF"],
  ["a gzip archive", [file("a.tar.gz", buffer(Uint8Array.of(0x1f, 0x8b, 8)))], none, "gzip"],
  ["a web page", [file("a", "<!doctype html><p>")], none, "a web page"],
  ["a pointer", [file("adapter_model.safetensor", "version https://git-lfs.github.com/spec/v1")], none, "Git LFS"],
  ["an empty file", [file("a.zip", "")], none, "a.zip is empty"],
  ["a pickle", [file("adapter_model.bin", buffer(Uint8Array.of(0x80, 2, 0x7d)))], none, "PyTorch's own format"],
  ["PyTorch's zip", [file("adapter_model.bin", zip({ "a/data.pkl": strToU8("x") }))], none, "PyTorch's own format"],
  [
    "a folder of PyTorch's",
    [file("l/adapter_config.json", "{}"), file("l/adapter_model.bin", "x")],
    none,
    "l: adapter_model.bin is a file of PyTorch's own format",
  ],
  ["a zip of tables", [file("a.zip", zip({ "a.csv": strToU8("x"), "b.csv": strToU8("x") }))], none, "has a.csv, b.csv"],
  ["a zip of a model", [file("a.zip", zip({ "m/config.json": strToU8("{}") }))], none, "a.zip is a model's"],
  ["an Office document", [file("a.docx", zip({ "[Content_Types].xml": strToU8("x") }))], none, "Office"],
  ["the weights of a model", [file("model.safetensors", model)], none, "is the weights of a model"],
  ["the weights alone", [file("adapter_model.safetensors", lora)], "file-missing", "adapter_config.json is missing"],
  ["the config alone", [file("adapter_config.json", "{}")], "file-missing", "adapter_model.safetensors is missing"],
  ["a folder with the config alone", [file("l/adapter_config.json", "{}"), file("l/x", "")], "file-missing", "l with"],
  [
    "several adapters",
    [...Object.keys(parts), "step-5/adapter_config.json"].map((name) => file(`out/${name}`, "{}")),
    none,
    "out holds 2 adapters: out, out/step-5",
  ],
  [
    "several adapters in a zip",
    [file("a.zip", zip({ ...parts, "b/adapter_config.json": strToU8("{}") }))],
    none,
    "b, its top",
  ],
  [
    "a folder of a run",
    [file("r/receipt.json", "{}"), file("r/adapter.zip", "x")],
    none,
    "has receipt.json, adapter.zip",
  ],
  ["a damaged zip", [file("a.zip", "PK and no more")], "zip-damaged", "a.zip"],
])("%s is reported as what it is", async (_, given, code, part) => {
  await expect(openAdapter(given, nanoConfig, nanoSources)).rejects.toMatchObject({
    code,
    message: expect.stringContaining(part),
  });
});

test("a file of a run with any byte changed, or cut off, is a damaged file of a run", async () => {
  const change = fc.record({
    at: fc.nat(snapshot.byteLength - 1),
    by: fc.integer({ min: 1, max: 255 }),
    cuts: fc.boolean(),
  });
  await fc.assert(
    fc.asyncProperty(change, async ({ at, by, cuts }) => {
      const bytes = new Uint8Array(snapshot).slice(0, cuts ? at : undefined);
      if (!cuts) bytes[at]! ^= by;
      const opening = openAdapter([file("rankscope.safetensors", buffer(bytes))], nanoConfig, nanoSources);
      await expect(opening).rejects.toMatchObject({ problems: [{ code: "snapshot-corrupt" }] });
    }),
    { numRuns: 300 },
  );
});
