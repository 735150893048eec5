import path from "node:path";
import { type DataDescription, dataSettingNames, inspectData } from "../../src/engine/data/inspectData.ts";
import type { ChosenSettings } from "../../src/engine/data/settle.ts";
import type { DataFile } from "../../src/engine/data/sources.ts";
import type { InspectedModel } from "../../src/engine/model/loadModel.ts";
import { dataFieldApplies, dataFields } from "../../src/engine/settings/dataFields.ts";
import { type DataSettings, describeData, hashOfData, NO_DATA } from "../../src/engine/tasks/custom/settings.ts";
import { type Tell, UsageError } from "../commandLine.ts";
import { contentOf } from "../disk.ts";
import { requireAnswers } from "./answers.ts";
import { refusing } from "./refusing.ts";

/** Classes that are reported by name. */
const LISTED_CLASSES = 8;

/** A data file, what it holds, and the settings by which it is read. */
export interface OpenedData {
  readonly file: DataFile;
  readonly seen: DataDescription;
  readonly settings: DataSettings & { readonly data: string };
}

/**
 * A data file and how it is read. Where the experiment is about custom data, which then must be this file, it is read
 * as the experiment says; else as settings that somebody chose say, and for the rest as it looks, which is reported.
 *
 * @param given absolute path.
 * @throws UsageError.
 */
export async function openData(
  given: string,
  { config, chosen }: ChosenSettings,
  model: InspectedModel,
  tell: Tell,
): Promise<OpenedData> {
  const isAboutData = config.task === "custom" && config.data !== NO_DATA;
  const asked: { -readonly [N in keyof DataSettings]?: DataSettings[N] } = {};
  const ask = <N extends keyof DataSettings>(name: N) => {
    asked[name] = config[name];
  };
  for (const name of dataSettingNames) if (isAboutData || chosen.has(name)) ask(name);
  const { file, seen } = await refusing(async () => {
    const file = { name: path.basename(given), content: new Uint8Array(contentOf(given)) };
    return { file, seen: await inspectData(file, { asked, config, model, report: () => {} }) };
  });
  if (isAboutData && hashOfData(config.data) !== seen.sha256.slice(0, 16)) {
    throw new UsageError(
      `--data ${given} is not the file that the experiment is about: its SHA-256 begins with ${seen.sha256.slice(0, 16)}, that of ${describeData(config.data)} with ${hashOfData(config.data)}`,
    );
  }
  requireAnswers(file.name, seen.questions);
  if (!isAboutData) tell(`${file.name} is read as ${inWords(seen)}`, true);
  for (const line of factsIn(seen)) tell(`${file.name}: ${line}`, true);
  return { file, seen, settings: { ...seen.settings, data: seen.reference } };
}

/** What a run is made of, what is left out of it, and what is to be known of either. */
function factsIn({ split, classes = [], badRows, bad, settings, warnings }: DataDescription): string[] {
  const number = (count: number) => count.toLocaleString("en");
  const named = classes.slice(0, LISTED_CLASSES).map(({ name, train }) => `${shortened(name)} ${number(train)}`);
  const more = classes.length - LISTED_CLASSES;
  const spread = `; ${classes.length} classes: ${named.join(", ")}${more > 0 ? ` and ${more} more` : ""}`;
  const [first] = bad;
  return [
    ...(split
      ? [`${number(split.train)} to train on, ${number(split.dev)} held out${classes.length > 0 ? spread : ""}`]
      : []),
    ...(first && settings.dataBad === "skip"
      ? [
          `${badRows === 1 ? "1 bad row is skipped," : `${number(badRows)} bad rows are skipped, the first in`} line ${first.line}: ${first.problem}`,
        ]
      : []),
    ...warnings,
  ];
}

function shortened(name: string): string {
  return name.length > 24 ? `${name.slice(0, 23)}…` : name;
}

/** What was guessed, in the words of the form. */
function inWords({ settings, columns, layout }: DataDescription): string {
  const { dataFormat, dataKind } = settings;
  const column = (label: string, name: "dataText" | "dataContext" | "dataSecond" | "dataLabel") => {
    const place = dataFieldApplies(name, settings) ? settings[name] : 0;
    return place > 0 ? [`${label} ${place} (${columns[place - 1] ?? "which is not there"})`] : [];
  };
  return [
    `${dataFields.dataFormat.options[dataFormat]}${layout === undefined ? "" : `, laid out as ${layout}`}`,
    dataFields.dataKind.options[dataKind],
    ...column("text", "dataText"),
    ...column("context", "dataContext"),
    ...column("second text", "dataSecond"),
    ...column("label", "dataLabel"),
  ].join("; ");
}
