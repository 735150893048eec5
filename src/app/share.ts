import { isBundled } from "../engine/model/bundledModels.ts";
import {
  applies,
  defaultConfig,
  type FieldName,
  fieldNames,
  problemsOf,
  type RunConfig,
  runFields,
} from "../engine/train/config.ts";
import { expectation, type Field, parseField } from "../engine/train/field.ts";

/** Rises when a link of an older version would mean something else. */
const VERSION = 1;

/** What a link holds: settings that are all readable, or what could not be read and what could. */
export type SharedRun =
  | { readonly kind: "run"; readonly config: RunConfig }
  | { readonly kind: "damaged"; readonly problems: readonly string[]; readonly readable: RunConfig };

/** The settings that differ from their defaults and mean anything beside the others, as the query of a link. */
export function toQuery(config: RunConfig): string {
  const query = new URLSearchParams({ v: String(VERSION) });
  for (const name of fieldNames) {
    if (applies(name, config) && config[name] !== defaultConfig[name]) query.set(name, String(config[name]));
  }
  // Legal in a hash, and easier to read than %2C, %3A, %2F and %40.
  return query.toString().replace(/%(2C|3A|2F|40)/g, decodeURIComponent);
}

/** Reads a link strictly: everything in it must be understood, or it is damaged and says in what. */
export function fromQuery(written: string): SharedRun {
  const query = new URLSearchParams(written);
  const problems: string[] = [];
  const values: Record<string, unknown> = { ...defaultConfig };
  const version = query.get("v");
  if (version === null) problems.push("The link does not say which version it is.");
  else if (!/^\d+$/.test(version)) problems.push(`The version "${version}" is not a number.`);
  else if (Number(version) > VERSION)
    problems.push(
      `The link is of version ${version}; this page reads up to ${VERSION}. A reload may bring a newer page.`,
    );

  for (const name of new Set(query.keys())) {
    if (name === "v") continue;
    const [value, ...others] = query.getAll(name) as [string, ...string[]];
    if (!isFieldName(name)) {
      problems.push(`"${name}" is no setting that this page knows.`);
      continue;
    }
    const field: Field = runFields[name];
    const parsed = parseField(field, value);
    if (others.length > 0) problems.push(`${field.label} (${name}) is there ${others.length + 1} times.`);
    else if (parsed === undefined)
      problems.push(`${field.label} (${name}) must be ${expectation(field)}, not "${value}".`);
    else values[name] = parsed;
  }
  const config = values as RunConfig;
  // A model that is to be opened first is no damage, and until then nothing can be said of what fits it.
  if (isBundled(config.model)) {
    for (const { field, problem } of problemsOf(config)) problems.push(`${runFields[field].label}: ${problem}.`);
  }
  return problems.length === 0 ? { kind: "run", config } : { kind: "damaged", problems, readable: config };
}

function isFieldName(name: string): name is FieldName {
  return Object.hasOwn(runFields, name);
}
