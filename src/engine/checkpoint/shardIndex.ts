import { listed, RefusedFileError, shown } from "./refusal.ts";
import { type Json, JsonError, parseStrictJson } from "./strictJson.ts";

/** Which file of several each tensor lies in. */
export const INDEX_FILE = "model.safetensors.index.json";

/** Larger indices are no indices; half a million tensors fit. */
const MAX_LENGTH = 64 * 2 ** 20;

/**
 * Reads the index of a checkpoint in several files. Names in it are looked up among the files that were given and never
 * followed anywhere.
 *
 * @param names of the files that there are.
 * @returns the files in their order, and the file of each tensor.
 * @throws RefusedFileError when it is no index, or names a file that is not there.
 */
export function shardsOf(
  text: string,
  names: readonly string[],
): { readonly shards: readonly string[]; readonly placed: ReadonlyMap<string, string> } {
  const map = weightMap(text);
  const placed = new Map<string, string>();
  for (const [tensor, shard] of map) {
    if (typeof shard !== "string") {
      throw new RefusedFileError("index-bad", `${INDEX_FILE}: the file of ${shown(tensor)} is no text`);
    }
    // One name of a file in the same folder: no path, no way up, no address.
    if (!/^\w[\w.-]*\.safetensors$/.test(shard)) {
      throw new RefusedFileError("shard-bad-name", `${INDEX_FILE}: ${shown(shard)} is no name of a safetensors file`);
    }
    placed.set(tensor, shard);
  }
  const shards = [...new Set(placed.values())].sort();
  const there = new Set(names);
  const missing = shards.filter((shard) => !there.has(shard));
  if (missing.length > 0) {
    throw new RefusedFileError(
      "shard-missing",
      `${INDEX_FILE} lists ${missing.length > 1 ? "files that are" : "a file that is"} missing: ${listed(missing)}`,
      "Give all files of the checkpoint's folder.",
    );
  }
  return { shards, placed };
}

function weightMap(text: string): ReadonlyMap<string, Json> {
  if (text.length > MAX_LENGTH) {
    throw new RefusedFileError(
      "file-too-large",
      `${INDEX_FILE} has more than ${MAX_LENGTH.toLocaleString("en")} characters`,
    );
  }
  let json: Json;
  try {
    json = parseStrictJson(text, { asPython: true });
  } catch (cause) {
    if (!(cause instanceof JsonError)) throw cause;
    const code = cause.fault === "duplicate" ? "tensor-twice" : "index-not-json";
    throw new RefusedFileError(code, `${INDEX_FILE} is not valid JSON: ${cause.message}`, undefined, { cause });
  }
  const map = json instanceof Map ? (json as ReadonlyMap<string, Json>).get("weight_map") : undefined;
  if (!(map instanceof Map) || map.size === 0) {
    throw new RefusedFileError("index-bad", `${INDEX_FILE} has no weight_map of tensors and their files`);
  }
  return map as ReadonlyMap<string, Json>;
}
