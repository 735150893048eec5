import type { Question } from "../../src/engine/tasks/custom/reading.ts";
import { UsageError } from "../commandLine.ts";

/** Where a file can be read in two ways, somebody has to say which is meant. @throws UsageError. */
export function requireAnswers(name: string, questions: readonly Pick<Question, "text" | "readings">[]): void {
  if (questions.length === 0) return;
  const asked = questions.map(({ text, readings }) => {
    const ways = readings.map(({ label, settings }) => {
      const written = Object.entries(settings).map(([setting, value]) => [setting, String(value)]);
      return `  ${label}: ${new URLSearchParams(written)}`;
    });
    return [text, ...ways].join("\n");
  });
  throw new UsageError(
    `${name} can be read in more than one way. Put the settings of the one that is meant into the link.\n${asked.join("\n")}`,
  );
}
