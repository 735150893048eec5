import { EngineError } from "../errors.ts";
import type { Failure } from "./events.ts";

/** An error as plain data for the page. */
export function describe(error: unknown): Failure {
  if (!(error instanceof Error)) return { name: "Error", message: String(error) };
  const hint = error instanceof EngineError ? error.hint : undefined;
  return { name: error.name, message: error.message, ...(hint !== undefined && { hint }) };
}
