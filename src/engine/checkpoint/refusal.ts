import { CheckpointError } from "../errors.ts";

/** Why a file was refused, for whoever has to tell the cases apart; the message says it in words. */
export type RefusalCode =
  | "file-too-short"
  | "file-too-large"
  | "not-safetensors"
  | "header-too-large"
  | "header-past-eof"
  | "header-start"
  | "header-not-utf8"
  | "header-not-json"
  | "header-too-deep"
  | "duplicate-key"
  | "bad-name"
  | "bad-entry"
  | "bad-metadata"
  | "bad-shape"
  | "bad-offsets"
  | "bad-scale"
  | "dtype-unknown"
  | "dtype-unsupported"
  | "shape-overflow"
  | "offset-mismatch"
  | "offset-gap-or-overlap"
  | "data-truncated"
  | "trailing-bytes"
  | "config-not-json"
  | "config-too-deep"
  | "config-not-object"
  | "config-missing-key"
  | "config-wrong-type"
  | "config-out-of-range"
  | "config-too-large"
  | "config-inconsistent"
  | "config-unsupported"
  | "tensor-missing"
  | "tensor-shape"
  | "onnx-malformed"
  | "onnx-too-deep"
  | "onnx-bad-tensor"
  | "onnx-external-data"
  | "onnx-bad-graph"
  | "onnx-unsupported"
  | "adapter-unsupported"
  | "zip-damaged"
  | "zip-too-large"
  | "tok-not-json"
  | "tok-model-missing"
  | "tok-vocab-bad"
  | "tok-merge-bad"
  | "tok-added-bad"
  | "tok-too-large"
  | "tok-unsupported"
  | "tok-special-missing";

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

/** The first few of many names. */
export function listed(names: readonly string[], most = 5): string {
  const rest = names.length - most;
  return names.slice(0, most).map(shown).join(", ") + (rest > 0 ? ` and ${rest} more` : "");
}
