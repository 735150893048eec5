import { EngineError } from "../../src/engine/errors.ts";
import type { Failure } from "../../src/engine/run/events.ts";
import { describe } from "../../src/engine/run/failure.ts";
import { UsageError } from "../commandLine.ts";

/** What went wrong and what to do about it. */
export function sentenceOf({ message, hint }: Pick<Failure, "message" | "hint">): string {
  return hint ? `${message.replace(/\.$/, "")}. ${hint}` : message;
}

/** Reads files that a call names: what is wrong with them is wrong with the call. @throws UsageError. */
export async function refusing<T>(read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    const isOfFiles = error instanceof EngineError || (error instanceof Error && "code" in error);
    throw isOfFiles ? new UsageError(sentenceOf(describe(error))) : error;
  }
}
