import { strToU8, zipSync } from "fflate";
import { expect, test } from "vitest";
import { nanoConfig, nanoSources } from "../testing/runs.ts";
import { openAdapter } from "./openAdapter.ts";
import { unzipped } from "./unzip.ts";
import { downloadName, zipped } from "./zip.ts";

const buffer = (bytes: Uint8Array) => bytes.slice().buffer as ArrayBuffer;

test("files come back as they were, and an archive is that of another implementation to the byte", async () => {
  const pieces = [Uint8Array.of(4, 5), new Uint8Array(0), Uint8Array.of(6)];
  const files = {
    "a.json": "{}",
    "b.bin": new Uint8Array([1, 2, 3]).buffer,
    "ä/c.bin": {
      size: 3,
      async *chunks() {
        yield* pieces;
      },
    },
    none: "",
  };
  const zip = new Uint8Array(await (await zipped(files)).arrayBuffer());
  const same = { "a.json": strToU8("{}"), "b.bin": Uint8Array.of(1, 2, 3), "ä/c.bin": Uint8Array.of(4, 5, 6) };
  const other = zipSync({ ...same, none: new Uint8Array() }, { level: 0, mtime: "1980-01-01T00:00:00" });
  expect(Buffer.from(zip).equals(other)).toBe(true);
  const back = unzipped(buffer(zip), "a.zip");
  expect([...back.keys()]).toEqual(["a.json", "b.bin", "ä/c.bin", "none"].filter((name) => back.has(name)));
  expect([...new Uint8Array(back.get("b.bin")!)]).toEqual([1, 2, 3]);
});

test("more than an archive holds is refused before anything is written", async () => {
  const chunks = () => {
    throw new Error("it was read");
  };
  await expect(zipped({ large: { size: 2 ** 32, chunks } })).rejects.toThrow("and an archive holds 4,295 MB");
});

test("files keep the folders around them in their names, and two of one name are refused", () => {
  const x = strToU8("x");
  expect([...unzipped(buffer(zipSync({ "run/a.txt": x, "a.txt": x })), "a.zip").keys()]).toEqual([
    "run/a.txt",
    "a.txt",
  ]);
  const zip = zipSync({ "a/x": x, "b/x": x });
  for (let at = 0; at < zip.length - 2; at++) {
    if (zip[at] === 98 && zip[at + 1] === 47 && zip[at + 2] === 120) zip[at] = 97;
  }
  expect(() => unzipped(buffer(zip), "a.zip")).toThrow("two files a/x");
});

test("an archive that would fill the memory is refused before anything is unpacked", () => {
  const zip = zipSync({ bomb: new Uint8Array(1000) }, { level: 9 });
  // The central directory's size of the unpacked file.
  const directory = zip.findLastIndex((_, at) => zip.slice(at, at + 4).join() === "80,75,1,2");
  new DataView(zip.buffer).setUint32(directory + 24, 2 ** 31, true);
  expect(() => unzipped(buffer(zip), "a.zip")).toThrow("more than 512 MiB");
  const many = zipSync(Object.fromEntries(Array.from({ length: 65 }, (_, at) => [`${at}`, strToU8("")])));
  expect(() => unzipped(buffer(many), "a.zip")).toThrow("more than 64 files");
  expect(() => unzipped(buffer(zip.slice(0, 40)), "a.zip")).toThrow("damaged");
});

test("a zip without a run to go on with is refused by name", async () => {
  const zip = zipSync({ "adapter_config.json": strToU8("{}") });
  const given = [{ name: "lora.zip", read: async () => buffer(zip) }];
  await expect(openAdapter(given, nanoConfig, nanoSources)).rejects.toMatchObject({
    code: "file-missing",
  });
});

test("names of downloads suit every file system", () => {
  expect(downloadName(["lora", "my model/α", "r8"], "zip")).toBe("lora_my-model-_r8.zip");
});
