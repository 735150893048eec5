import type { RefusalCode, RefusedFileError } from "../refusal.ts";

/** Makes the refusal of a tokenizer file. */
export type Refuse = (code: RefusalCode, what: string, cause?: unknown) => RefusedFileError;
