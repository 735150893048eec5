import { CheckpointError } from "../errors.ts";

/** Why a file was refused, for whoever has to tell the cases apart; the message says it in words. */
export const refusalCodes = [
  "file-missing",
  "file-too-short",
  "file-too-large",
  "not-safetensors",
  "header-too-large",
  "header-past-eof",
  "header-start",
  "header-not-utf8",
  "header-not-json",
  "header-too-deep",
  "duplicate-key",
  "bad-name",
  "bad-entry",
  "bad-metadata",
  "bad-shape",
  "bad-offsets",
  "bad-scale",
  "dtype-unknown",
  "dtype-unsupported",
  "shape-overflow",
  "offset-mismatch",
  "offset-gap-or-overlap",
  "data-truncated",
  "trailing-bytes",
  "config-not-json",
  "config-too-deep",
  "config-not-object",
  "config-missing-key",
  "config-wrong-type",
  "config-out-of-range",
  "config-too-large",
  "config-inconsistent",
  "config-unsupported",
  "index-not-json",
  "index-bad",
  "shard-bad-name",
  "shard-missing",
  "shard-lacks-tensor",
  "tensor-twice",
  "tensor-missing",
  "tensor-shape",
  "tensor-not-finite",
  "onnx-malformed",
  "onnx-too-deep",
  "onnx-bad-tensor",
  "onnx-external-data",
  "onnx-bad-graph",
  "onnx-unsupported",
  "tok-not-json",
  "tok-model-missing",
  "tok-vocab-bad",
  "tok-merge-bad",
  "tok-added-bad",
  "tok-too-large",
  "tok-too-deep",
  "tok-unsupported",
  "tok-regex-invalid",
  "tok-regex-unsafe",
  "tok-normalizer-bad",
  "tok-output-too-large",
  "tok-special-missing",
  "adapter-alone",
  "adapter-unmerged",
  "adapter-bad-rank",
  "adapter-too-large",
  "adapter-bad-alpha",
  "adapter-bad-dropout",
  "adapter-bad-targets",
  "adapter-unsupported",
  "data-empty",
  "data-too-large",
  "data-not-utf8",
  "data-binary",
  "data-bad-quotes",
  "data-bad-rows",
  "data-bad-column",
  "data-bad-labels",
  "data-too-few",
  "data-mismatch",
  "zip-damaged",
  "zip-too-large",
] as const;

export type RefusalCode = (typeof refusalCodes)[number];

/** A file of a checkpoint that cannot be used, and why. */
export class RefusedFileError extends CheckpointError {
  readonly code: RefusalCode;

  constructor(code: RefusalCode, message: string, hint?: string, options?: ErrorOptions) {
    super(message, hint, options);
    this.code = code;
  }
}

/** A name out of a file, short enough for a message. */
export function shown(name: string): string {
  return name.length > 80 ? `${name.slice(0, 77)}…` : name;
}

/** Any value out of a JSON file, short enough for a message. */
export function shownJson(value: unknown): string {
  // Nothing of the value itself is called: its toString may be anything.
  return shown(typeof value === "string" ? value : (JSON.stringify(value) ?? "nothing"));
}

/** The first few of many names. */
export function listed(names: readonly string[], most = 5): string {
  const rest = names.length - most;
  return names.slice(0, most).map(shown).join(", ") + (rest > 0 ? ` and ${rest} more` : "");
}
