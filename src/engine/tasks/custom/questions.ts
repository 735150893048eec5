import { listed } from "../../checkpoint/refusal.ts";
import type { TaskKind } from "../task.ts";
import type { Column } from "./columns.ts";
import type { Question } from "./reading.ts";

export function labelQuestion(
  found: readonly Column[],
  areFlags: boolean,
  kindOf: (label: Column) => TaskKind,
): Question {
  const names = listed(found.toSorted((a, b) => a.place - b.place).map(({ title }) => title));
  return {
    id: "label",
    text: areFlags
      ? `The columns ${names} have a class each, with 0 and 1 under it. One column of classes is learnt: which one? To learn all as one task, write the name of each row's class into one column.`
      : `Several columns could be the label: ${names}. Which one is to be learnt?`,
    decides: ["dataLabel"],
    readings: found.slice(0, 8).map((column) => ({
      label: column.title,
      settings: { dataLabel: column.place, dataKind: kindOf(column) },
    })),
  };
}

export function pairQuestion(first: Column, second: Column): Question {
  const [one, other] = [first, second].map(({ title }) => `"${title}"`) as [string, string];
  const running = { dataKind: "language-modelling", dataSecond: 0 } as const;
  return {
    id: "pair",
    text: `Two columns hold texts and none a label. Is ${other} to be written in answer to ${one}?`,
    decides: ["dataKind", "dataText", "dataSecond"],
    readings: [
      {
        label: `${other} answers ${one}`,
        settings: { dataKind: "completion", dataText: first.place, dataSecond: second.place },
      },
      {
        label: `${one} answers ${other}`,
        settings: { dataKind: "completion", dataText: second.place, dataSecond: first.place },
      },
      { label: `Only ${one} is learnt`, settings: { ...running, dataText: first.place } },
      { label: `Only ${other} is learnt`, settings: { ...running, dataText: second.place } },
    ],
  };
}

export function decimalQuestion({ values }: Column): Question {
  const example = [...values].find((value) => /[.,]/.test(value)) ?? "";
  const [point, comma] = [example.replaceAll(",", ""), example.replaceAll(".", "").replace(",", ".")];
  return {
    id: "decimal",
    text: `Is ${example} to be read as ${point} or as ${comma}?`,
    decides: ["dataDecimal"],
    readings: (
      [
        { label: `${example} is ${point}: decimals after a point`, settings: { dataDecimal: "point" } },
        { label: `${example} is ${comma}: decimals after a comma`, settings: { dataDecimal: "comma" } },
      ] as const
    ).toSorted((a) => (a.settings.dataDecimal === (example.includes(",") ? "comma" : "point") ? -1 : 1)),
  };
}

/** Where nothing looks like a text, nothing is learnt before somebody has said what is. */
export function textQuestion(columns: readonly Column[], label: Column | undefined): Question {
  const candidates = columns.filter((column) => column !== label && column.filled > 0);
  const written = candidates.find(({ isSyntax }) => isSyntax);
  return {
    id: "text",
    text: written
      ? `The cells of ${written.title} are lists or objects, which are not read within cells: save the file as JSONL. Or which column is the text?`
      : "No column looks like a text: they hold numbers, ids, or nothing that is read. Which one is the text?",
    decides: ["dataText"],
    readings: candidates.slice(0, 8).map(({ title, place }) => ({
      label: title,
      settings: { dataText: place },
    })),
  };
}
