import path from "node:path";
import { afterEach, beforeEach, describe, expect, test, vi } from "vitest";
import { headersOnly } from "../../engine/checkpoint/headersOnly.ts";
import { inspectModel } from "../../engine/model/loadModel.ts";
import { estimateMemory } from "../../engine/run/estimate.ts";
import { filesIn, fixtures } from "../../engine/testing/models.ts";
import { nanoConfig, nanoSources } from "../../engine/testing/runs.ts";
import { checkpointFiles } from "../localFiles.ts";
import { fileAddress, listRepository, remoteFiles } from "./lookUp.ts";
import { HUB } from "./model.ts";
import { Patience } from "./patience.ts";

const commit = "0123456789abcdef0123456789abcdef01234567";
const repository = { owner: "owner", name: "name", revision: "main" };
const blob = (text: string) => text.repeat(40);

/** Answers by path; what is not there is a connection that fails. */
function answering(answers: Record<string, () => Response>) {
  const asked: string[] = [];
  vi.stubGlobal("navigator", { onLine: true });
  vi.stubGlobal("fetch", async (input: RequestInfo | URL, init?: RequestInit) => {
    const { pathname } = new URL(String(input));
    const range = new Headers(init?.headers).get("range");
    asked.push(range ? `${pathname} ${range}` : pathname);
    const answer = answers[pathname];
    if (!answer) throw new TypeError("Failed to fetch");
    return answer();
  });
  return asked;
}

const json = (content: unknown) => () => Response.json(content);
const revision = "/api/models/owner/name/revision/main";
const tree = `/api/models/owner/name/tree/${commit}`;
const info = json({ _id: "1", id: "owner/name", sha: commit, lastModified: "2024-01-01" });

let said: string[];
function means() {
  said = [];
  const { signal } = new AbortController();
  return { patience: new Patience((doing) => said.push(doing), signal), signal };
}

beforeEach(() => void vi.useFakeTimers({ shouldAdvanceTime: true, advanceTimeDelta: 500 }));
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

describe("a repository", () => {
  test("is listed at its commit, by the hashes of the contents, without what lies further down", async () => {
    const asked = answering({
      [revision]: info,
      [tree]: json([
        { type: "directory", path: "onnx", size: 0, oid: blob("d") },
        { type: "file", path: "config.json", size: 7, oid: blob("a") },
        { type: "file", path: "model.safetensors", size: 90, oid: blob("b"), lfs: { oid: "c".repeat(64), size: 90 } },
        { type: "file", path: "onnx/model.onnx", size: 9, oid: blob("e") },
      ]),
    });
    expect(await listRepository(HUB, repository, means())).toEqual({
      commit,
      files: [
        { name: "config.json", size: 7, hash: { kind: "git-sha1", hex: blob("a") } },
        { name: "model.safetensors", size: 90, hash: { kind: "sha256", hex: "c".repeat(64) } },
      ],
    });
    expect(asked).toEqual([revision, tree]);
  });
  test("is listed with the folders of its modules where it has some", async () => {
    const file = (path: string, letter: string) => ({ type: "file", path, size: 7, oid: blob(letter) });
    const asked = answering({
      [revision]: info,
      [tree]: json([
        { type: "directory", path: "1_Pooling", size: 0, oid: blob("d") },
        { type: "directory", path: "onnx", size: 0, oid: blob("e") },
        file("modules.json", "a"),
      ]),
      [`${tree}/1_Pooling`]: json([file("1_Pooling/config.json", "b"), file("1_Pooling/../config.json", "c")]),
    });
    const { files } = await listRepository(HUB, repository, means());
    expect(files.map(({ name }) => name)).toEqual(["modules.json", "1_Pooling/config.json"]);
    expect(asked).toEqual([revision, tree, `${tree}/1_Pooling`]);
    expect(fileAddress(HUB, { ...repository, commit }, "1_Pooling/config.json")).toBe(
      `${HUB}/owner/name/resolve/${commit}/1_Pooling/config.json`,
    );
  });

  test.each<[string, () => Response]>([
    ["a page", () => new Response("<!doctype html>")],
    ["no commit", json({ _id: "1", id: "owner/name" })],
    ["a commit that is none", json({ _id: "1", id: "owner/name", sha: "../../x" })],
    ["nothing", json(null)],
  ])("whose hub answers with %s is no hub's", async (_what, answer) => {
    answering({ [revision]: answer });
    await expect(listRepository(HUB, repository, means())).rejects.toThrow("does not answer as a hub does");
  });

  test("that cannot be reached is tried three times more, and each is said", async () => {
    const asked = answering({});
    await expect(listRepository(HUB, repository, means())).rejects.toThrow("huggingface.co could not be reached");
    expect(asked).toHaveLength(4);
    expect(said).toEqual([1, 2, 3].map((count) => expect.stringContaining(`Trying again, ${count} of 3`)));
  });
});

describe("a file of it", () => {
  const content = new Uint8Array(100).map((_, index) => index);
  const address = `/owner/name/resolve/${commit}/model.safetensors`;
  const file = { name: "model.safetensors", size: 100, hash: { kind: "sha256" as const, hex: "c".repeat(64) } };
  const remote = () => remoteFiles(HUB, repository, { commit, files: [file] }, means());

  test("is read in parts, each once, from servers that know no ranges too", async () => {
    for (const answer of [
      () => new Response(content.slice(10, 20), { status: 206 }),
      () => new Response(content, { status: 200 }),
    ]) {
      const asked = answering({ [address]: answer });
      const files = remote();
      expect(files.needed.size).toBe(0);
      for (let time = 0; time < 2; time++) {
        expect([...new Uint8Array(await files.slice!("model.safetensors", 10, 20))]).toEqual([
          ...content.slice(10, 20),
        ]);
      }
      expect(asked).toEqual([`${address} bytes=10-19`]);
      expect([...files.needed]).toEqual(["model.safetensors"]);
    }
  });

  test("with fewer bytes than are listed is refused", async () => {
    answering({ [address]: () => new Response(content.slice(0, 50), { status: 206 }) });
    await expect(remote().slice!("model.safetensors", 0, 60)).rejects.toThrow("other bytes than the hub lists");
  });
});

test("the memory of a run is the same by its headers alone", async () => {
  const folder = filesIn(path.join(fixtures, "nano-bert"));
  const blobs = await Promise.all(
    folder.names.map(async (name) => ({ name, content: new Blob([await folder.read(name)]) })),
  );
  const files = checkpointFiles(blobs) as Parameters<typeof headersOnly>[0];
  const limits = { maxBufferSize: 2 ** 28, maxStorageBufferBindingSize: 2 ** 27 };
  const empty = headersOnly({
    ...files,
    read: async (name) => {
      if (name.endsWith(".safetensors")) throw new Error("weights were read");
      return files.read(name);
    },
  });
  const estimate = await estimateMemory(nanoConfig, { ...nanoSources, model: async () => empty }, limits);
  expect(estimate).toEqual(await estimateMemory(nanoConfig, nanoSources, limits));
  expect((await inspectModel(empty)).comparison.missing).toEqual([]);
});
