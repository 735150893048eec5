import { crc32 } from "node:zlib";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { defaultConfig, fieldNames, type RunConfig } from "../../engine/settings/config.ts";
import { experimentBody } from "../../engine/settings/experiment.ts";
import { applies } from "../../engine/settings/problems.ts";
import { noNotes } from "../../engine/settings/reader.ts";
import { anyConfig, anyNotes } from "../../engine/testing/settings.ts";
import { checksum } from "./checksum.ts";
import { fromQuery, LINK_VERSION, pack, readQuery, type SharedRun, toQuery } from "./share.ts";

const now = `v=${LINK_VERSION}`;
const sealed = (query: string) => `${query}&c=${checksum(query)}`;
const packed = (content: unknown) => pack(new TextEncoder().encode(JSON.stringify(content)));
const codes = (shared: SharedRun) => (shared.kind === "damaged" ? shared.problems.map(({ code }) => code) : []);
const words = (shared: SharedRun) =>
  shared.kind === "damaged" ? shared.problems.map(({ text }) => text).join(" ") : "";
/** Settings that mean nothing beside the others are not in readable links. */
const meaningful = (config: RunConfig): RunConfig => ({
  ...config,
  ...Object.fromEntries(fieldNames.filter((name) => !applies(name, config)).map((name) => [name, defaultConfig[name]])),
});

test("the checksum is that of zip files", () => {
  fc.assert(
    fc.property(fc.string({ unit: "binary-ascii" }), (text) => {
      expect(Number.parseInt(checksum(text), 16)).toBe(crc32(text));
      expect(checksum(text)).toMatch(/^[0-9a-f]{8}$/);
    }),
  );
});

describe("writing", () => {
  test("a link names what differs from the defaults, and nothing else", () => {
    expect(toQuery(defaultConfig)).toBe(sealed(now));
    const config: RunConfig = {
      ...defaultConfig,
      method: "lora",
      rank: 4,
      learningRate: 3e-4,
      targets: "0.query,3.value",
    };
    expect(toQuery(config)).toMatch(
      new RegExp(`^${now}&method=lora&rank=4&targets=0\\.query,3\\.value&learningRate=0\\.0003&c=[0-9a-f]{8}$`),
    );
    expect(fromQuery(toQuery(config))).toEqual({ kind: "run", config, notes: noNotes });
  });

  test("a rank schedule is named with what differs of its own settings, and they mean nothing without it", () => {
    const config: RunConfig = { ...defaultConfig, method: "lora", learningRate: 0.001, mergeEvery: 20 };
    expect(toQuery(config)).toBe(toQuery({ ...config, mergeEvery: defaultConfig.mergeEvery }));
    const merging: RunConfig = { ...config, rankSchedule: "relora" };
    expect(toQuery(merging)).toMatch(/^v=\d+&method=lora&rankSchedule=relora&mergeEvery=20&c=[0-9a-f]{8}$/);
    expect(fromQuery(toQuery(merging))).toEqual({ kind: "run", config: merging, notes: noNotes });
  });

  test("settings that mean nothing beside the others are left out", () => {
    const config: RunConfig = { ...defaultConfig, method: "lora", learningRate: 0.001, depth: 4, gamma: 0.5 };
    expect(toQuery(config)).toBe(sealed(`${now}&method=lora`));
  });

  test("custom data is named by its hash with how it is read, and nothing of it is in the link", () => {
    const config: RunConfig = {
      ...defaultConfig,
      task: "custom",
      data: "rows.tsv~0123456789abcdef",
      dataFormat: "tsv",
      dataSecond: 3,
      dataBad: "skip",
    };
    expect(toQuery(config)).toMatch(
      new RegExp(
        `^${now}&task=custom&data=rows\\.tsv~0123456789abcdef&dataFormat=tsv&dataSecond=3&dataBad=skip&c=[0-9a-f]{8}$`,
      ),
    );
    expect(fromQuery(toQuery(config))).toEqual({ kind: "run", config, notes: noNotes });
    expect(fromQuery("v=1&task=own&data=https://example.org/rows.csv")).toMatchObject({
      problems: [{ code: "share-bad-source" }],
    });
  });

  test("a long note that is not in Latin letters is packed, and then everything is there", () => {
    const notes = { title: "Ранг", note: "Один слой, потом все остальные. ".repeat(30) };
    const query = toQuery(defaultConfig, notes);
    expect(query).toMatch(new RegExp(`^${now}&z=[\\w-]+&c=[0-9a-f]{8}$`));
    expect(query.length).toBeLessThan(new URLSearchParams({ ...notes }).toString().length);
    expect(fromQuery(query)).toEqual({ kind: "run", config: defaultConfig, notes });
  });

  test("every link that can be written is read again as what it was, and is short enough to be", () => {
    fc.assert(
      fc.property(anyConfig, anyNotes, (config, notes) => {
        const query = toQuery(config, notes);
        const isPacked = query.startsWith(`${now}&z=`);
        expect(fromQuery(query)).toEqual({ kind: "run", config: isPacked ? config : meaningful(config), notes });
        expect(fromQuery(packed(experimentBody(config, notes)))).toEqual({ kind: "run", config, notes });
      }),
    );
  });

  test("the longest note of characters that take the most room still fits", () => {
    const notes = { title: "漢".repeat(120), note: "漢".repeat(2000) };
    expect(fromQuery(toQuery(defaultConfig, notes))).toMatchObject({ kind: "run", notes });
  });
});

describe("reading what a hand typed", () => {
  test.each([
    ["", "share-corrupt", "does not say which version"],
    ["v=two", "share-version", 'version "two" is not a number'],
    ["v=0&rank=4", "share-version", `version 0 of links; this program reads 1 to ${LINK_VERSION}`],
    [`v=${LINK_VERSION + 1}&rank=4`, "share-version", `version ${LINK_VERSION + 1} of links; this program reads`],
    ["v=1&rnk=4", "share-unknown-key", '"rnk" is no setting'],
    ["v=1&rank=0", "share-out-of-range", "Rank r (rank) must be a whole number from 1 to 1024"],
    ["v=1&rank=4.5", "share-out-of-range", 'not "4.5"'],
    ["v=1&rank=four", "share-wrong-type", 'not "four"'],
    ["v=1&rank=", "share-wrong-type", 'not ""'],
    ["v=1&rank=4&rank=8", "share-corrupt", "there 2 times"],
    ["v=1&rank=4&", "share-corrupt", "something is missing"],
    ["v=1&method=toString", "share-unknown-value", "Method (method) must be one of"],
    ["v=3&accumulationSteps=2&c=hand", "share-unknown-key", 'no setting of its version, in which it is "passes"'],
    ["v=4&passes=2&c=hand", "share-unknown-key", 'no setting of its version, in which it is "accumulationSteps"'],
    ["v=4&task=own&c=hand", "share-unknown-value", "Task (task) must be one of"],
    ["v=4&kernels=plain.plain.plain.plain&c=hand", "share-unknown-value", "Kernels (kernels) must be"],
    ["v=1&__proto__=1", "share-unknown-key", '"__proto__" is no setting'],
    ["v=1&z=e30", "share-unknown-key", '"z" is no setting'],
    ["v=1&model=https://example.org/m", "share-bad-source", "Model (model) must be one of"],
    ["v=1&model=hf:owner/name@main/../x", "share-bad-source", "Model (model) must be one of"],
    ["v=1&task=kjv", "share-out-of-range", "only models such as pd-gpt can write"],
    ["v=1&learningRate=1e-3%", "share-wrong-type", "Learning rate"],
    [`v=1&title=${"x".repeat(121)}`, "share-out-of-range", "has 121 characters; 120 may be"],
    [`v=1&title=${"x".repeat(16_400)}`, "share-too-large", "more than 16,384 characters"],
  ])("%s is damaged, and says so", (query, code, problem) => {
    const shared = fromQuery(query);
    expect(shared.kind).toBe("damaged");
    expect(codes(shared)[0]).toBe(code);
    expect(words(shared)).toContain(problem);
  });

  test("version 1 needs no checksum", () => {
    const notes = { ...noNotes, madeOn: "unsaid" };
    expect(fromQuery("v=1&rank=4")).toEqual({ kind: "run", config: { ...defaultConfig, rank: 4 }, notes });
  });

  test("a model that has yet to be opened is no damage", () => {
    expect(fromQuery("v=1&model=hf:owner/name@main")).toMatchObject({ kind: "run" });
  });

  test("what could be read of a damaged link is offered, the rest is the default", () => {
    const shared = fromQuery("v=1&rank=4&depth=99");
    expect(shared).toMatchObject({ kind: "damaged", readable: { config: { ...defaultConfig, rank: 4 } } });
  });

  test("a link of thousands of names is answered at once", () => {
    const names = Array.from({ length: 2000 }, (_, index) => `a${index}=1`).join("&");
    const before = performance.now();
    expect(codes(fromQuery(`v=1&${names}`))).toHaveLength(2000);
    expect(performance.now() - before).toBeLessThan(500);
  });
});

describe("reading a link beside which model or data are given", () => {
  test("settings that do not go together are left to be judged with these, each by itself is judged", () => {
    expect(codes(fromQuery("v=1&model=pd-gpt"))).toEqual(["share-out-of-range"]);
    expect(readQuery("v=1&model=pd-gpt", "alone")).toMatchObject({
      shared: { kind: "run", config: { model: "pd-gpt", task: "verse-sts" } },
      version: "1",
    });
    expect(codes(readQuery("v=1&model=pd-gpt&rank=9999", "alone").shared)).toEqual(["share-out-of-range"]);
  });

  test("what somebody chose is what is named, or of packed settings what is not as usual", () => {
    expect([...readQuery("v=1&shots=1024&rank=4", "alone").chosen].sort()).toEqual(["rank", "shots"]);
    fc.assert(
      fc.property(anyConfig, (config) => {
        const inAll = readQuery(packed(experimentBody(config, noNotes)), "alone").chosen;
        const readable = toQuery(config);
        const named = readable.startsWith(`${now}&z=`) ? inAll : readQuery(readable, "alone").chosen;
        expect([...inAll].sort()).toEqual([...named].sort());
      }),
    );
  });
});

describe("reading what was copied", () => {
  const good = toQuery({ ...defaultConfig, rank: 4, learningRate: 1.25e-4 }, { title: "A link", note: "" });

  test("it does not matter how characters are escaped on the way", () => {
    const escaped = good.replaceAll("+", "%20").replaceAll(".", "%2E");
    expect(escaped).not.toBe(good);
    expect(fromQuery(escaped)).toEqual(fromQuery(good));
    expect(fromQuery(good).kind).toBe("run");
  });

  test.each([
    ["without a checksum", "v=4&rank=4"],
    ["cut within its checksum", good.slice(0, -2)],
    ["cut before its checksum", good.slice(0, good.indexOf("&c="))],
    ["cut after a digit", good.slice(0, good.indexOf("learningRate=0.000") + 18)],
    ["twice in a row", `${good}&${good}`],
    ["with another number", good.replace("rank=4", "rank=6")],
    ["in capitals", good.toUpperCase()],
    ["as version 1 with a checksum that does not fit", good.replace(now, "v=1")],
    ["with settings beside packed ones", sealed(`${packed({}).split("&c=")[0]}&rank=4`)],
    ["with packed settings that are not base64url", sealed(`${now}&z=<>`)],
    ["with packed settings that end too early", sealed(`${now}&z=e`)],
    ["with packed settings that are no JSON", pack(new TextEncoder().encode("rank=4"))],
    ["with packed settings that are no text", pack(Uint8Array.of(0x7b, 0xff, 0x7d))],
    ["with a packed list", packed([])],
    ["with a packed link", pack(new TextEncoder().encode(good))],
    ["with nothing packed", sealed(`${now}&z=`)],
  ])("a link %s is corrupt", (_, query) => {
    expect(codes(fromQuery(query))[0]).toBe("share-corrupt");
  });

  test("what a hand changed is offered all the same", () => {
    expect(fromQuery(good.replace("rank=4", "rank=6"))).toMatchObject({ readable: { config: { rank: 6 } } });
    expect(fromQuery("v=4&z=AAAA&c=00000000")).toMatchObject({ kind: "damaged", readable: undefined });
  });

  test("no link runs with other settings when a character is changed, lost or added", () => {
    fc.assert(
      fc.property(anyConfig, fc.boolean(), fc.nat(), fc.integer({ min: 33, max: 126 }), fc.nat(2), (...given) => {
        const [config, isPacked, place, ascii, way] = given;
        const link = isPacked ? packed(experimentBody(config, noNotes)) : toQuery(config);
        const at = place % link.length;
        const put = way === 0 ? "" : String.fromCharCode(ascii);
        const shared = fromQuery(link.slice(0, at) + put + link.slice(at + (way === 2 ? 0 : 1)));
        expect(shared.kind === "damaged" || shared).toEqual(shared.kind === "damaged" || fromQuery(link));
      }),
      { numRuns: 300 },
    );
  });

  test.each([
    ["another version", { v: 999 }, "share-version"],
    ["a version in quotes", { v: "1" }, "share-version"],
    ["no version", { v: undefined }, "share-version"],
    ["a setting left out", { seed: undefined }, "share-missing"],
    ["a setting too many", { polluted: 1 }, "share-unknown-key"],
    ["a number in quotes", { rank: "8" }, "share-wrong-type"],
    ["an object for a list of layers", { targets: { length: 1 } }, "share-wrong-type"],
    ["a note that is a number", { note: 7 }, "share-wrong-type"],
    ["null for a number", { steps: null }, "share-wrong-type"],
    ["too many steps", { steps: 1e12 }, "share-out-of-range"],
    ["layers by another name", { targets: "evil_proj" }, "share-unknown-value"],
    ["a model that is a script", { model: "javascript:alert(1)" }, "share-bad-source"],
  ])("packed settings with %s are refused by name", (_, change, code) => {
    expect(codes(fromQuery(packed({ ...experimentBody(defaultConfig, noNotes), ...change })))[0]).toBe(code);
  });
});

test("a problem says which setting it is about, where it is about one", () => {
  const shared = fromQuery("v=1&rank=0&steps=x&colour=blue&rank2=1&task=kjv");
  expect(shared.kind === "damaged" && shared.problems.map(({ field }) => field)).toEqual([
    "rank",
    "steps",
    undefined,
    undefined,
    "task",
  ]);
});
