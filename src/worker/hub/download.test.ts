import { createHash } from "node:crypto";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test, vi } from "vitest";
import { COMMIT, MockHub } from "../../../e2e/mockHub.ts";
import { MemoryStorage } from "../../engine/testing/storage.ts";
import type { Transfer } from "../rpc.ts";
import { download } from "./download.ts";
import { removeModel } from "./folder.ts";
import { listRepository } from "./lookUp.ts";
import { bytesOf, type HubModel, referenceOf } from "./model.ts";
import { Patience } from "./patience.ts";
import { storedFiles, storedModels } from "./stored.ts";

const config = Buffer.from('{"model_type":"bert"}');
const weights = Buffer.from(Uint8Array.from({ length: 20_000 }, (_, index) => (index * 7919) % 251));
const hub = new MockHub(
  "tiny/model",
  new Map([
    ["config.json", config],
    ["model.safetensors", weights],
  ]),
);
const repository = { owner: "tiny", name: "model", revision: "main" };
const folder = `hub/tiny/model/${COMMIT}/`;

let storage: MemoryStorage;
let model: HubModel;

beforeAll(() => hub.start());
afterAll(() => hub.stop());
beforeEach(async () => {
  hub.calm();
  storage = new MemoryStorage();
  vi.stubGlobal("navigator", storage.navigator);
  const { signal } = new AbortController();
  const listing = await listRepository(hub.address, repository, { patience: new Patience(() => {}, signal), signal });
  model = { ...repository, ...listing };
});
afterEach(() => void vi.unstubAllGlobals());

/** Downloads what is missing. @param stopAt bytes from which on it is paused. */
async function fetchIt(stopAt = Number.POSITIVE_INFINITY): Promise<{ failure: string; last: Transfer | undefined }> {
  const control = new AbortController();
  let last: Transfer | undefined;
  const progress = (_doing: string, _fraction?: number, transfer?: Transfer) => {
    last = transfer ?? last;
    if (last && last.loaded >= stopAt) control.abort();
  };
  const failure = await download(hub.address, model, new Map(), { progress, signal: control.signal }).then(
    () => "",
    (error: Error) => (control.signal.aborted ? "paused" : error.message),
  );
  return { failure, last };
}

/** Bytes of the weights that are stored, and whether the model counts as there. */
async function stored() {
  const sizes = Object.entries(storage.files).filter(([path]) => path.startsWith(folder + hashOf("model.safetensors")));
  const [found] = await storedModels();
  return {
    bytes: sizes.reduce((sum, [, size]) => sum + size, 0),
    isComplete: found?.isComplete ?? false,
    isUsed: (await storedFiles(referenceOf(model))) !== undefined,
  };
}

const hashOf = (name: string) => model.files.find((file) => file.name === name)!.hash.hex;
const nothing = { isComplete: false, isUsed: false };

describe("a download", () => {
  test("stores what the hub has, and what is stored is found by its commit or the first digits of it", async () => {
    const { failure, last } = await fetchIt();
    expect(failure).toBe("");
    expect(last).toMatchObject({ loaded: bytesOf(model), total: config.length + weights.length });
    expect(await stored()).toEqual({ bytes: weights.length, isComplete: true, isUsed: true });
    for (const revision of [COMMIT, COMMIT.slice(0, 12), COMMIT.slice(0, 7)]) {
      const files = (await storedFiles(`hf:tiny/model@${revision}`))!;
      const content = files.find(({ name }) => name === "model.safetensors")!.content;
      expect(Buffer.from(await content.arrayBuffer()).equals(weights)).toBe(true);
    }
    for (const other of ["hf:tiny/model@main", "hf:tiny/model@0123", "hf:tiny/other@0123456", "pd-bert"]) {
      expect(await storedFiles(other)).toBeUndefined();
    }
    await removeModel(model);
    expect(storage.files).toEqual({});
    expect(await storedModels()).toEqual([]);
  });

  test("goes on where it was paused and where the connection was cut, and fetches nothing twice", async () => {
    hub.faults.stallAfter = 5000;
    expect((await fetchIt(config.length + 5000)).failure).toBe("paused");
    expect(await stored()).toEqual({ bytes: 5000, ...nothing });
    hub.faults.stallAfter = undefined;
    hub.faults.cutAfter = 6000;
    expect((await fetchIt()).failure).toBe("");
    expect(hub.transfers("model.safetensors")).toEqual([
      [0, 5000],
      [5000, 6000],
      [11_000, 6000],
      [17_000, 3000],
    ]);
    expect((await stored()).isUsed).toBe(true);
    hub.calm();
    expect((await fetchIt()).failure).toBe("");
    expect(hub.requests).toEqual([]);
  });

  test("throws other content away, whether it came at once or in parts", async () => {
    hub.faults.stallAfter = 10_000;
    hub.faults.corrupt = true;
    await fetchIt(config.length + 10_000);
    expect(await stored()).toEqual({ bytes: 10_000, ...nothing });
    hub.faults.stallAfter = undefined;
    hub.faults.corrupt = false;
    expect((await fetchIt()).failure).toContain("model.safetensors is not what the hub lists");
    expect(await stored()).toEqual({ bytes: 0, ...nothing });
    hub.faults.longer = true;
    expect((await fetchIt()).failure).toContain("has more than the 20,000 bytes");
    expect(await stored()).toEqual({ bytes: 0, ...nothing });
    hub.faults.longer = false;
    expect((await fetchIt()).failure).toBe("");
  });

  test("goes on from a server that knows no ranges", async () => {
    hub.faults.stallAfter = 5000;
    await fetchIt(config.length + 5000);
    hub.faults.stallAfter = undefined;
    hub.faults.ignoresRanges = true;
    expect((await fetchIt()).failure).toBe("");
    expect((await stored()).isUsed).toBe(true);
  });

  test("keeps what fits where the storage is full, and refuses to begin where the browser says so", async () => {
    storage.quota = 9000;
    expect((await fetchIt()).failure).toContain("the browser's storage is full, and 21 kB are still to come");
    expect(storage.files).toEqual({});
    expect(await storedModels()).toEqual([]);
    // The browser thought that there was room, and there was not.
    storage.quota = 9000;
    vi.stubGlobal("navigator", {
      ...storage.navigator,
      storage: { ...storage.navigator.storage, estimate: async () => ({}) },
    });
    expect((await fetchIt()).failure).toContain("the browser's storage is full");
    expect(await stored()).toEqual({ bytes: 0, ...nothing });
    storage.quota = 1e9;
    expect((await fetchIt()).failure).toBe("");
  });

  test("of a model whose manifest was damaged begins anew with what is stored, and checks it again", async () => {
    await fetchIt();
    const place = await storage.root.getDirectoryHandle("hub");
    const inner = await (await place.getDirectoryHandle("tiny")).getDirectoryHandle("model");
    const manifest = await (await inner.getDirectoryHandle(COMMIT)).getFileHandle("manifest.json");
    manifest.content = manifest.content.slice(0, -5);
    expect(await storedModels()).toMatchObject([{ model: undefined, isComplete: false }]);
    expect((await stored()).isUsed).toBe(false);
    hub.calm();
    expect((await fetchIt()).failure).toBe("");
    expect(hub.served).toEqual([]);
    expect((await stored()).isUsed).toBe(true);
  });

  test("is refused where the browser stores nothing", async () => {
    vi.stubGlobal("navigator", { ...storage.navigator, storage: {} });
    expect((await fetchIt()).failure).toBe("this browser keeps no files for the page");
    expect(await storedModels()).toEqual([]);
  });
});

test("files of modules belong to a reference that says so, and to no other", async () => {
  const names = ["config.json", "modules.json", "1_Pooling/config.json"];
  const known = new Map<string, ArrayBuffer>();
  const files = names.map((name) => {
    const bytes = Buffer.from(`"${name}"`);
    const hex = createHash("sha1").update(`blob ${bytes.length}\0`).update(bytes).digest("hex");
    known.set(hex, new Uint8Array(bytes).buffer);
    return { name, size: bytes.length, hash: { kind: "git-sha1", hex } as const };
  });
  const place = { owner: "tiny", name: "modular", revision: COMMIT, commit: COMMIT };
  const plain = { ...place, files: files.slice(0, 1) };
  const whole = { ...place, files };
  const store = (each: HubModel) =>
    download(hub.address, each, known, { progress: () => {}, signal: new AbortController().signal });
  const namesOf = async (each: HubModel) => (await storedFiles(referenceOf(each)))?.map(({ name }) => name);
  expect(referenceOf(plain)).toBe(`hf:tiny/modular@${COMMIT}`);
  expect(referenceOf(whole)).toBe(`hf:tiny/modular@${COMMIT}~modules`);
  await store(plain);
  expect(await namesOf(plain)).toEqual(["config.json"]);
  expect(await namesOf(whole), "as an earlier version stored it").toBeUndefined();
  await store(whole);
  expect(await namesOf(whole)).toEqual(names);
  expect(await namesOf(plain), "as it was").toEqual(["config.json"]);
  expect((await storedModels()).map(({ reference }) => reference)).toEqual([referenceOf(whole)]);
});
