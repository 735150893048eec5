import type { Question } from "../../../engine/tasks/custom/reading.ts";
import type { DataSettings } from "../../../engine/tasks/custom/settings.ts";

/** What a file does not tell by itself: each reading that fits can be chosen, and none is taken before. */
export function DataQuestions({
  questions,
  answer,
}: {
  questions: readonly Question[];
  answer: (settings: Partial<DataSettings>) => void;
}) {
  return questions.map(({ id, text, readings }) => (
    <fieldset key={id} className="question">
      <legend>
        <bdi>{text}</bdi>
      </legend>
      {readings.map(({ label, settings }) => (
        <button key={label} type="button" onClick={() => answer(settings)}>
          <bdi>{label}</bdi>
        </button>
      ))}
    </fieldset>
  ));
}
