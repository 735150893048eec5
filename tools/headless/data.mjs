import { readFileSync } from "node:fs";
import path from "node:path";
import { UsageError } from "../commandLine.mjs";
import { refusing } from "./words.mjs";

/** Classes that are reported by name. */
const LISTED_CLASSES = 8;

/**
 * A data file and how it is read. Where the experiment is about custom data, which then must be this file, it is
 * read as the experiment says; else as settings that somebody chose say, and for the rest as it looks, which is reported.
 *
 * @param given absolute path.
 * @param run `config` and what was `chosen` in it, and the inspected `model`.
 * @throws UsageError.
 */
export async function openData(given, { config, chosen, model, load, tell }) {
  const { hashOfData, describeData, NO_DATA } = await load("/src/engine/tasks/custom/settings.ts");
  const { inspectData } = await load("/src/engine/data/inspectData.ts");
  const { dataFieldApplies, dataFields } = await load("/src/engine/settings/dataFields.ts");
  const { buffer, byteOffset, length } = readFileSync(given);
  const file = { name: path.basename(given), content: new Uint8Array(buffer, byteOffset, length) };
  const isAboutData = config.task === "custom" && config.data !== NO_DATA;
  const names = Object.keys(dataFields).filter((name) => name !== "data" && (isAboutData || chosen.has(name)));
  const asked = Object.fromEntries(names.map((name) => [name, config[name]]));
  const seen = await refusing(() => inspectData(file, { asked, config, model, report: () => {} }));
  if (isAboutData && hashOfData(config.data) !== seen.sha256.slice(0, 16)) {
    throw new UsageError(
      `--data ${given} is not the file that the experiment is about: its SHA-256 begins with ${seen.sha256.slice(0, 16)}, that of ${describeData(config.data)} with ${hashOfData(config.data)}`,
    );
  }
  requireAnswers(file.name, seen.questions ?? []);
  if (!isAboutData) tell(`${file.name} is read as ${inWords(seen, dataFields, dataFieldApplies)}`, true);
  for (const line of factsIn(seen)) tell(`${file.name}: ${line}`, true);
  return { file, seen, settings: { ...seen.settings, data: seen.reference } };
}

/** Reads the rows as the run will. @throws UsageError where they cannot be used. */
export async function requireRows(config, sources, load) {
  const { readTask } = await load("/src/engine/data/readTask.ts");
  await refusing(() => readTask(config, sources));
}

/** Where a file can be read in two ways, somebody has to say which is meant. @throws UsageError. */
export function requireAnswers(name, questions) {
  if (questions.length === 0) return;
  const asked = questions.map(({ text, readings }) => {
    const ways = readings.map(({ label, settings }) => `${label}: ${new URLSearchParams(Object.entries(settings))}`);
    return `${text}\n${ways.map((way) => `  ${way}`).join("\n")}`;
  });
  throw new UsageError(
    `${name} can be read in more than one way. Put the settings of the one that is meant into the link.\n${asked.join("\n")}`,
  );
}

/** What a run is made of, what is left out of it, and what is to be known of either. */
function factsIn({ split, classes, badRows, bad, settings, warnings }) {
  const number = (count) => count.toLocaleString("en");
  const named = classes?.slice(0, LISTED_CLASSES).map(({ name, train }) => `${shortened(name)} ${number(train)}`);
  const more = (classes?.length ?? 0) - LISTED_CLASSES;
  const spread = named ? `; ${classes.length} classes: ${named.join(", ")}${more > 0 ? ` and ${more} more` : ""}` : "";
  return [
    ...(split ? [`${number(split.train)} to train on, ${number(split.dev)} held out${spread}`] : []),
    ...(badRows > 0 && settings.dataBad === "skip"
      ? [
          `${badRows === 1 ? "1 bad row is skipped," : `${number(badRows)} bad rows are skipped, the first in`} line ${bad[0].line}: ${bad[0].problem}`,
        ]
      : []),
    ...warnings,
  ];
}

function shortened(name) {
  return name.length > 24 ? `${name.slice(0, 23)}…` : name;
}

/** What was guessed, in the words of the form. */
function inWords({ settings, columns, layout }, fields, applies) {
  const { dataFormat, dataKind } = settings;
  const column = (label, name) => {
    const place = applies(name, settings) ? settings[name] : 0;
    return place > 0 ? [`${label} ${place} (${columns[place - 1] ?? "which is not there"})`] : [];
  };
  return [
    `${fields.dataFormat.options[dataFormat]}${layout === undefined ? "" : `, laid out as ${layout}`}`,
    fields.dataKind.options[dataKind],
    ...column("text", "dataText"),
    ...column("context", "dataContext"),
    ...column("second text", "dataSecond"),
    ...column("label", "dataLabel"),
  ].join("; ");
}
