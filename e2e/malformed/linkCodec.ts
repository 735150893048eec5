import { crc32 } from "node:zlib";
import { openRuntime } from "../../tools/program.mjs";

// Settings come with the methods that have them, and those with shaders, which Node does not read by itself.
const runtime = await openRuntime();
const { defaultConfig } = await runtime.runner.import<typeof import("../../src/engine/settings/config.ts")>(
  "/src/engine/settings/config.ts",
);
const { EXPERIMENT_VERSION } = await runtime.runner.import<typeof import("../../src/engine/settings/versions.ts")>(
  "/src/engine/settings/versions.ts",
);
const { LINK_VERSION } =
  await runtime.runner.import<typeof import("../../src/app/state/share.ts")>("/src/app/state/share.ts");
await runtime.close();

/** What the corpus calls the settings of a link. */
export type CanonicalShare = Readonly<Record<string, unknown>>;

/** The corpus' names of settings that are simply called otherwise here. */
const names = new Map([
  ["batch", "batchSize"],
  ["seqLen", "maxTokens"],
  ["lr", "learningRate"],
  ["warmup", "warmupSteps"],
  ["gradClip", "clipNorm"],
  ["evalEvery", "evaluateEvery"],
  ["optimizer", "method"],
  ["dataset", "task"],
]);

/**
 * The corpus' links as packed links of ours, written from the format's description alone: the JSON of all settings in
 * base64url and a CRC-32 of the query before it. Settings that the corpus does not know have their defaults.
 */
export function linkCodec(base: CanonicalShare) {
  const encodeBytes = (content: Uint8Array): string => {
    // What is cut off here, no browser would carry.
    const text = Buffer.from(content.subarray(0, 4 * 2 ** 20)).toString("latin1");
    const query = `v=${LINK_VERSION}&z=${Buffer.from(inOurNames(text, base), "latin1").toString("base64url")}`;
    return `${query}&c=${crc32(query).toString(16).padStart(8, "0")}`;
  };
  return {
    prefix: `v=${LINK_VERSION}&z=`,
    encodeBytes,
    encode: (share: CanonicalShare) => encodeBytes(Buffer.from(JSON.stringify(toOurs(share, base)))),
  };
}

/** The same settings with our names and values. What is not as it should be stays as it is, so that it is refused. */
export function toOurs(share: CanonicalShare, base: CanonicalShare): Record<string, unknown> {
  const { model, revision, ...rest } = share;
  const ours: Record<string, unknown> = { v: undefined, title: undefined, note: undefined, ...defaultConfig };
  for (const name of ["model", ...Object.keys(base)]) delete ours[names.get(name) ?? name];
  for (const [name, value] of Object.entries(rest)) ours[names.get(name) ?? name] = valueIn(name, value);
  // A repository and its revision are one setting here; one without the other is none.
  if (model !== undefined && revision !== undefined) ours.model = reference(model, revision);
  return ours;
}

function reference(model: unknown, revision: unknown): unknown {
  if (typeof model !== "string") return model;
  if (typeof revision !== "string") return revision;
  return model.includes("/") ? `hf:${model}@${revision}` : model;
}

function valueIn(name: string, value: unknown): unknown {
  // The corpus' version 1 is the present one.
  if (name === "v" && typeof value === "number" && value >= 1) return value + EXPERIMENT_VERSION - 1;
  if (name === "dataset" && value === "preset:shakespeare") return "kjv";
  if (name === "optimizer" && value === "adamw") return "lora";
  if (name === "targets" && JSON.stringify(value) === '["q_proj","v_proj"]') return "query-value";
  return value;
}

/** Settings in the corpus' names, changed as text so that they need not be JSON any more; other text stays as it is. */
function inOurNames(text: string, base: CanonicalShare): string {
  if (!text.includes(`"dataset":${JSON.stringify(base.dataset)}`)) return text;
  let changed = text.replace(`,"revision":${JSON.stringify(base.revision)}`, "");
  const ours = toOurs(base, base);
  const known = new Set<string>(["v", "title", "note"]);
  for (const [name, value] of Object.entries(base)) {
    const own = names.get(name) ?? name;
    known.add(own);
    changed = changed
      .replaceAll(`"${name}":${JSON.stringify(value)}`, `"${own}":${JSON.stringify(ours[own])}`)
      .replaceAll(`"${name}":`, `"${own}":`);
  }
  const others = Object.entries(defaultConfig).filter(([name]) => !known.has(name));
  return changed.replace(/\}$/, `,${JSON.stringify(Object.fromEntries(others)).slice(1)}`);
}
