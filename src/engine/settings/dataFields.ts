import { choice, type Field, number, text } from "../field.ts";
import {
  DATA_REFERENCE,
  type DataSettings,
  describeData,
  hasColumns,
  MAX_COLUMNS,
  NO_DATA,
} from "../tasks/custom/settings.ts";
import { takesHeader } from "../tasks/custom/table.ts";
import { predictsTokens } from "../tasks/task.ts";

const column = (label: string, initial: number, min: number, help: string) =>
  number(label, initial, { min, max: MAX_COLUMNS, whole: true }, help);

/** Settings that mean something only for custom data; `DataSettings` says what each decides. */
export const dataFields = {
  data: text(
    "Data",
    NO_DATA,
    DATA_REFERENCE,
    "none, or a file as name~hash with the first 16 hex digits of its SHA-256",
    "The file with the examples, by its name and hash; it stays in the tab.",
  ),
  dataFormat: choice(
    "Format",
    "csv",
    {
      csv: "CSV",
      tsv: "TSV",
      "csv-escaped": "CSV with backslashes",
      jsonl: "JSONL",
      json: "JSON",
      labelled: "A label and a text a line",
      lines: "A text a line",
      paragraphs: "A text a paragraph",
    },
    'How the file is laid out. In TSV quotes are characters like others; as CSV they enclose cells, whatever separates them. With backslashes, \\" is a quote inside a cell. JSONL has an object a line, JSON all of them in one list.',
  ),
  dataSeparator: choice(
    "Separator",
    "auto",
    { auto: "As it looks", comma: "Comma", semicolon: "Semicolon", bar: "Bar", tab: "Tab" },
    "What stands between the cells of CSV.",
  ),
  dataHeader: choice(
    "First row",
    "yes",
    { yes: "Column names", no: "An example" },
    "Whether the first row is an example.",
  ),
  dataKind: choice(
    "Kind of task",
    "classification",
    {
      classification: "Classification",
      regression: "Regression",
      completion: "Prompt and completion",
      "language-modelling": "Language modelling",
    },
    "What is to be predicted.",
  ),
  dataText: column("Text column", 1, 1, "The text, the first of two, or the prompt; columns are counted from 1."),
  dataContext: column(
    "Context column",
    0,
    0,
    "A text that follows the first on a line of its own; 0 where there is none.",
  ),
  dataSecond: column("Second text column", 0, 0, "The other text of a pair, or the completion; 0 where there is none."),
  dataLabel: column("Label column", 2, 0, "The class or the number; 0 where there is none."),
  dataDecimal: choice(
    "Decimal sign",
    "point",
    { point: "Point", comma: "Comma" },
    "What stands before the decimals of a score.",
  ),
  dataValidation: number(
    "Held out",
    0.1,
    { min: 0.01, max: 0.5 },
    "Share of the rows for validation: drawn the same for every seed, rows with one text together; of running text, the end.",
  ),
  dataBad: choice(
    "Bad rows",
    "refuse",
    { refuse: "Refuse the file", skip: "Skip them" },
    "What becomes of rows that cannot be used.",
  ),
  dataRules: choice(
    "Reading rules",
    "2",
    { "1": "As at first", "2": "As now" },
    "How rows, cells and labels are read; links from before a change of the rules keep theirs.",
  ),
} satisfies Record<string, Field>;

type DataFieldName = keyof typeof dataFields;
type OwnData = DataSettings & { readonly data: string };

/** Whether a setting about custom data means anything under the others. */
export function dataFieldApplies(name: DataFieldName, { dataFormat, dataKind }: DataSettings): boolean {
  switch (name) {
    case "dataSeparator":
      return dataFormat === "csv" || dataFormat === "csv-escaped";
    case "dataHeader":
      return takesHeader(dataFormat);
    case "dataText":
    case "dataContext":
      return hasColumns(dataFormat);
    case "dataDecimal":
      return dataKind === "regression";
    case "dataSecond":
      return dataKind !== "language-modelling";
    case "dataLabel":
      return !predictsTokens({ kind: dataKind });
    default:
      return true;
  }
}

/** What is wrong with the settings about custom data. @param opened files that are at hand; without it none is missed. */
export function dataProblemsOf(
  settings: OwnData,
  opened?: ReadonlySet<string>,
): { readonly field: DataFieldName; readonly problem: string }[] {
  const { data, dataKind, dataFormat, dataText } = settings;
  const problems: { field: DataFieldName; problem: string }[] = [];
  const wrong = (field: DataFieldName, problem: string) => problems.push({ field, problem });
  if (opened && data === NO_DATA) wrong("data", "none has been chosen yet; open a file or paste text");
  else if (opened && !opened.has(data))
    wrong("data", `${describeData(data)} has yet to be opened in this tab and used`);
  if (!hasColumns(dataFormat) && dataKind !== "language-modelling") {
    wrong("dataKind", "running text has no columns, so it is for language modelling alone");
    return problems;
  }
  const has = (name: "dataSecond" | "dataLabel") => (dataFieldApplies(name, settings) ? settings[name] : 0);
  const [second, label] = [has("dataSecond"), has("dataLabel")];
  if (dataKind === "completion" && second === 0) wrong("dataSecond", "choose the column of completions");
  if (second > 0 && second === dataText) wrong("dataSecond", "this column is the first text already");
  const context = dataFieldApplies("dataContext", settings) ? settings.dataContext : 0;
  if (context > 0 && (context === dataText || context === second || context === label))
    wrong("dataContext", "this column has a part already");
  if (label === 0 && dataFieldApplies("dataLabel", settings)) wrong("dataLabel", "choose the column of labels");
  if (label > 0 && (label === dataText || label === second)) wrong("dataLabel", "this column is a text already");
  return problems;
}
