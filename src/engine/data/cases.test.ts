import { existsSync, readdirSync, readFileSync } from "node:fs";
import path from "node:path";
import { describe, expect, test } from "vitest";
import { defaultConfig } from "../settings/config.ts";
import { type DataDescription, inspectData } from "./inspectData.ts";

const cases = path.resolve("../shared/findings/cases");
const others = path.resolve("../shared/findings/fidelity-cases");

async function look(file: string): Promise<DataDescription> {
  const content = new Uint8Array(readFileSync(file));
  const options = { asked: {}, config: defaultConfig, model: undefined, report: () => {} };
  return inspectData({ name: path.basename(file), content }, options);
}

const classes = ({ classes }: DataDescription) => classes?.map(({ name }) => name);
const words = { dataKind: "classification", dataText: 1, dataLabel: 2 } as const;

/** What each file becomes: settings, rows, and what is said of it. */
const expected: Readonly<
  Record<string, { settings: object; rows?: number; classes?: string[]; said?: RegExp; bad?: RegExp }>
> = {
  "data-alpaca-input-dropped": { settings: { dataKind: "completion", dataText: 1, dataContext: 2, dataSecond: 3 } },
  "data-backslash-quotes": { settings: { ...words, dataFormat: "csv-escaped" }, classes: ["0", "1"] },
  "data-decimal-comma": { settings: { dataKind: "regression", dataDecimal: "comma" } },
  "data-excel-sep-line": { settings: words, classes: ["bad", "good"], said: /names the separator/ },
  "data-index-column-without-name": {
    settings: { ...words, dataHeader: "yes", dataText: 2, dataLabel: 3 },
    classes: ["bad", "good"],
    said: /left out: column 1/,
  },
  "data-json-array-alpaca": {
    settings: { dataFormat: "json", dataKind: "completion", dataText: 1, dataContext: 2, dataSecond: 3 },
  },
  "data-jsonl-trailing-commas": { settings: words, classes: ["0", "1"], said: /comma stands after an object/ },
  "data-label-float": { settings: words, classes: ["0", "1"] },
  "data-label-nan": { settings: words, rows: 36, classes: ["0", "1"], bad: /"nan" says that there is none/ },
  "data-openai-messages": { settings: { dataKind: "completion", dataText: 1, dataSecond: 2 } },
  "data-sharegpt-id": { settings: { dataKind: "completion", dataText: 2, dataSecond: 3 }, said: /left out: id/ },
  "data-spam-collection-layout": {
    settings: { dataHeader: "yes", dataKind: "classification", dataText: 2, dataLabel: 1 },
    classes: ["ham", "spam"],
  },
  "data-tsv-quoted-by-pandas": { settings: { ...words, dataFormat: "csv", dataSeparator: "tab" } },
};

describe.skipIf(!existsSync(cases))("files that were found to be misread", () => {
  test.each(Object.entries(expected))("%s", async (name, { settings, rows = 40, said, bad, ...more }) => {
    const folder = path.join(cases, name);
    const [file] = readdirSync(folder).filter((each) => each !== "README.md");
    const seen = await look(path.join(folder, file!));
    expect(seen.obstacle).toBeUndefined();
    expect(seen.questions).toEqual([]);
    expect(seen.settings).toMatchObject(settings);
    expect(seen.rows).toBe(rows);
    if (more.classes) expect(classes(seen)).toEqual(more.classes);
    if (said) expect(seen.warnings.join("\n")).toMatch(said);
    if (bad) expect(seen.badKinds[0]?.problem).toMatch(bad);
    else expect(seen.badRows).toBe(0);
  });

  test("every case about data is among them", () => {
    const there = readdirSync(cases).filter((name) => name.startsWith("data-"));
    expect(there.sort()).toEqual(Object.keys(expected).sort());
  });
});

describe.skipIf(!existsSync(others))("more of them", () => {
  test.each([
    ["array.json", { ...words, dataFormat: "json" }, ["a", "b"]],
    ["cola-in_domain_dev-marks.tsv", { dataKind: "classification", dataText: 4, dataLabel: 2 }, ["0", "1"]],
    ["dup-header.csv", { dataHeader: "yes", dataText: 1, dataSecond: 2, dataLabel: 3 }, ["no", "yes"]],
    ["empty-first-column.csv", { dataHeader: "yes", dataText: 2, dataLabel: 3 }, ["no", "yes"]],
    ["semicolon-score.csv", { dataKind: "regression", dataText: 1, dataSecond: 2, dataLabel: 3 }, undefined],
    ["trec.txt", { dataKind: "classification" }, ["ABBR", "DESC", "ENTY", "HUM", "LOC", "NUM"]],
  ] as const)("%s", async (name, settings, wanted) => {
    const seen = await look(path.join(others, name));
    expect(seen.settings).toMatchObject(settings);
    expect(classes(seen)).toEqual(wanted);
    expect([seen.badRows, seen.questions, seen.obstacle]).toEqual([0, [], undefined]);
  });
});
