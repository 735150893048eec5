import { type Fields, type Pooling, readFields } from "./config/fields.ts";
import { type CheckpointFiles, readText } from "./files.ts";
import { listed, RefusedFileError } from "./refusal.ts";
import { type Json, JsonError, type JsonObject, parseStrictJson } from "./strictJson.ts";

export const MODULES = "modules.json";

/** Where the pooling is described where no modules.json says so. */
const USUAL_POOLING = "1_Pooling";

/** What sentence-transformers calls the ways, in the order in which it puts several of them beside each other. */
const ways: readonly (readonly [key: string, pooling: Pooling])[] = [
  ["pooling_mode_cls_token", "cls"],
  ["pooling_mode_max_tokens", "max"],
  ["pooling_mode_mean_tokens", "mean"],
  ["pooling_mode_lasttoken", "lasttoken"],
];

/** What a folder of sentence-transformers says of where its model lies and what follows it. */
export interface FoundModules {
  /** Where the transformer lies, with a slash at its end; absent where nothing says so. */
  readonly root: string | undefined;
  /** Files that say how sentence vectors are made, where that is another way than the mean over tokens. */
  readonly parts: readonly string[];
  /** What of it is not followed. */
  readonly notes: readonly string[];
}

/**
 * Looks through the modules of a sentence-transformers folder.
 *
 * @param paths of all files.
 * @throws RefusedFileError where modules.json, or what it names, cannot be read.
 */
export async function poolingParts(files: CheckpointFiles, paths: readonly string[]): Promise<FoundModules> {
  const hasModules = paths.includes(MODULES);
  const modules = hasModules ? modulesOf(await readText(files, MODULES, "config-not-json")) : [];
  const first = modules.find(({ kind }) => kind === "Transformer");
  const root = first && paths.includes(`${first.path}config.json`) ? first.path : undefined;
  const named = modules.find(({ kind }) => kind === "Pooling");
  const path = `${named?.path ?? `${USUAL_POOLING}/`}config.json`;
  const notes = modules.flatMap(({ kind, path }) => noteOn(kind, path));
  if (!paths.includes(path)) {
    if (named) notes.push(`${MODULES} names ${named.path}, which is not there: the mean over tokens is taken.`);
    return { root, parts: [], notes };
  }
  const { poolings, left } = waysIn(readFields(await readText(files, path, "config-not-json"), path));
  if (left.length > 0) {
    const taken = poolings.length > 0 ? listed(poolings) : "the mean over tokens";
    notes.push(`${path} asks for ${listed(left)}, which is not followed: ${taken} is taken.`);
  }
  const isMean = poolings.length === 0 || poolings.join() === "mean";
  return { root, parts: isMean ? [] : [...(hasModules ? [MODULES] : []), path], notes };
}

/** How a checkpoint makes sentence vectors; absent where it is the mean over tokens. @throws RefusedFileError */
export async function readPooling(files: CheckpointFiles): Promise<readonly Pooling[] | undefined> {
  const path = files.names.find((name) => /\/config\.json$/.test(name));
  if (path === undefined) return undefined;
  return waysIn(readFields(await readText(files, path, "config-not-json"), path)).poolings;
}

/** The ways that a description of a pooling switches on, and those of them that there are not here. */
function waysIn(fields: Fields): { readonly poolings: readonly Pooling[]; readonly left: readonly string[] } {
  const mode = fields.has("pooling_mode") ? fields.text("pooling_mode") : undefined;
  const others = fields.entries().flatMap(([key, value]) => {
    const isOther = key.startsWith("pooling_mode_") && ways.every(([known]) => known !== key);
    return isOther && value === true ? [key] : [];
  });
  if (mode !== undefined) {
    const short = mode.replace(/_tokens?$/, "");
    const way = ways.find(([, pooling]) => pooling === short);
    return way ? { poolings: [way[1]], left: others } : { poolings: [], left: [`pooling_mode ${mode}`, ...others] };
  }
  const said = fields.entries().some(([key]) => key.startsWith("pooling_mode_"));
  const poolings = ways
    .filter(([key]) => fields.flag(key, !said && key === "pooling_mode_mean_tokens"))
    .map(([, way]) => way);
  return { poolings, left: others };
}

function noteOn(kind: string, path: string): string[] {
  switch (kind) {
    case "Transformer":
    case "Pooling":
      return [];
    case "Normalize":
      return [
        `${MODULES} brings sentence vectors to length 1 (${path.slice(0, -1)}), which is not done here; cosines between them are the same.`,
      ];
    default:
      return [`${MODULES} has a module that is not followed: ${kind}${path === "" ? "" : ` (${path.slice(0, -1)})`}.`];
  }
}

/** The modules in their order, each by its class and the folder that it lies in. */
function modulesOf(text: string): readonly { readonly kind: string; readonly path: string }[] {
  let json: Json;
  try {
    json = parseStrictJson(text, { asPython: true });
  } catch (cause) {
    if (!(cause instanceof JsonError)) throw cause;
    throw new RefusedFileError("config-not-json", `${MODULES} is not valid JSON: ${cause.message}`, undefined, {
      cause,
    });
  }
  const isModule = (each: Json): each is JsonObject =>
    each instanceof Map && typeof each.get("type") === "string" && typeof (each.get("path") ?? "") === "string";
  if (!Array.isArray(json) || !json.every(isModule)) {
    throw new RefusedFileError(
      "config-wrong-type",
      `${MODULES} must be a list of modules, each with its type and path`,
    );
  }
  return (json as readonly JsonObject[]).map((each) => {
    const path = ((each.get("path") as string | null | undefined) ?? "").replace(/^\.?\/+|\/+$/g, "");
    return { kind: (each.get("type") as string).split(".").at(-1)!, path: path === "" ? "" : `${path}/` };
  });
}
