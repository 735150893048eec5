import { csvOf } from "../testing/dataFiles.ts";
import { classes, type Exported, lines, mood, opensSo, ten } from "../testing/exports.ts";

const tables: readonly Exported[] = [
  [
    "a German Excel",
    "a.csv",
    `\ufeffText;Wert\r\n${ten((text, at) => `${text};${at},5\r\n`).join("")}`,
    { kind: "regression", says: /Commas in labels are decimal signs: \d,5 is read as \d\.5/ },
  ],
  [
    "LibreOffice with texts quoted",
    "a.csv",
    `"Satz","Klasse"\n${lines(ten((text, at) => `"${text.replaceAll('"', '""')}",${at % 2}`))}`,
    classes("Satz", "Klasse", ["0", "1"]),
  ],
  [
    "Google Forms",
    "a.csv",
    csvOf([
      ["Timestamp", "What do you think of it?", "How good is it (1-5)?"],
      ...ten((text, at) => [`2024/03/0${at + 1} 3:14:05 PM GMT+1`, text, (at % 5) + 1]),
    ]),
    classes("What do you think of it?", "How good is it (1-5)?", ["1", "2", "3", "4", "5"]),
  ],
  [
    "R's row names",
    "a.csv",
    `"text","mood"\n${lines(ten((text, at) => `"${at + 1}","${text.replaceAll('"', '""')}","${mood(at)}"`))}`,
    classes("text", "mood"),
  ],
  [
    "a title, an empty row, then the names",
    "a.csv",
    csvOf([
      ["Survey of 2024", "", ""],
      ["", "", ""],
      ["id", "text", "mood"],
      ...ten((text, at) => [at, text, mood(at)]),
    ]),
    { ...classes("text", "mood"), bad: [1], says: /1 row of empty cells/ },
  ],
  [
    "two tables put together",
    "a.csv",
    csvOf([
      ["text", "mood"],
      ...ten((text, at) => [text, mood(at)]),
      ["text", "mood"],
      ...ten((_, at, text) => [text, mood(at)]),
    ]),
    { ...classes("text", "mood"), rows: 20, bad: [12] },
  ],
  [
    "a blank before quotes",
    "a.csv",
    `text, mood\n${lines(ten((text, at) => `"${text.replaceAll('"', '""')}", "${mood(at)}"`))}`,
    classes("text", "mood"),
  ],
  [
    "tabs at the ends of rows alone",
    "a.tsv",
    `text\tmood\n${lines(ten((text, at) => `${text}\t${mood(at)}\t`))}`,
    classes("text", "mood"),
  ],
  [
    "pandas' second column of a name",
    "a.csv",
    csvOf([["", "text", "text.1", "label"], ...ten((text, at, other) => [at, text, other, at % 2])]),
    { ...classes("text", "label", ["0", "1"]), second: "text.1", says: /left out: column 1/ },
  ],
  [
    "one column with commas that nothing quotes",
    "a.csv",
    `text\n${lines(ten((text, at) => `${text} Yes${at % 2 ? ", and no" : ""}, perhaps${at % 3 ? ", or so" : ""}`))}`,
    { kind: "language-modelling", text: "text" },
  ],
  [
    "Markdown",
    "a.md",
    `| text | mood |\n|:---|---:|\n${lines(ten((text, at) => `| ${text} | ${mood(at)} |`))}`,
    classes("text", "mood"),
  ],
  [
    "MySQL",
    "a.txt",
    `+------+------+\n| text | mood |\n+------+------+\n${lines(ten((text, at) => `| ${text} | ${mood(at)} |`))}+------+------+\n`,
    classes("text", "mood"),
  ],
  [
    "a fixed width",
    "a.txt",
    lines(ten((text, at) => `${text.padEnd(64)}  ${mood(at)}`)),
    { kind: "language-modelling", says: /columns of a fixed width/ },
  ],
  [
    "HTML",
    "a.html",
    "<table>\n<tr><td>text</td></tr>\n<tr><td>more</td></tr>\n</table>\n",
    { rows: 4, says: /looks like HTML or XML/ },
  ],
  [
    "a column for each class",
    "a.csv",
    csvOf([
      ["text", "joy", "fear", "anger"],
      ...ten((text, at) => [text, ...[0, 1, 2].map((of) => Number(at % 3 === of))]),
    ]),
    { asks: "label" },
  ],
  [
    "toxic comments",
    "a.csv",
    csvOf([
      ["id", "comment_text", "toxic", "obscene", "threat"],
      ...ten((text, at) => [`a${at}`, text, at % 2, Number(at % 3 === 0), Number(at % 4 === 0)]),
    ]),
    { asks: "label" },
  ],
  [
    "two texts without a known name",
    "a.csv",
    csvOf([["frage", "antwort"], ...ten((text, _, other) => [text, other])]),
    { asks: "pair", text: "frage" },
  ],
  [
    "a list of words without names",
    "a.tsv",
    lines(["sun\tSonne", "moon\tMond", "star\tStern", "tree\tBaum"]),
    { asks: "header", rows: 3 },
  ],
  [
    "Python's lists as labels",
    "a.csv",
    csvOf([["text", "labels"], ...ten((text, at) => [text, `['${mood(at)}']`])]),
    classes("text", "labels"),
  ],
  [
    "Python's lists of several labels",
    "a.csv",
    csvOf([["text", "labels"], ...ten((text, at) => [text, at % 5 === 0 ? "['good', 'bad']" : `['${mood(at)}']`])]),
    { rows: 8, bad: [2, 7], label: "labels" },
  ],
  [
    "conversations within cells",
    "a.csv",
    csvOf([["id", "messages"], ...ten((text, at) => [at, `[{'role': 'user', 'content': '${text}'}]`])]),
    { asks: "text" },
  ],
];

/** Data sets beyond the twenty, of which names and cells tell more than one story. */
const others: readonly Exported[] = [
  [
    "per cent",
    "a.csv",
    csvOf([["text", "score"], ...ten((text, at) => [text, `${(at * 37) % 100}%`])]),
    { kind: "regression", label: "score" },
  ],
  [
    "a name for the first column alone",
    "a.csv",
    csvOf([["text", "", ""], ...ten((text, at) => [text, mood(at), ""])]),
    classes("text", "column 2"),
  ],
  [
    "a class of the first line that does not come again",
    "a.tsv",
    lines(["odd\tone text here", ...ten((text, at) => `${mood(at)}\t${text}`)]),
    { asks: "header" },
  ],
  [
    "emotions, a class after a semicolon",
    "train.txt",
    lines(ten((text, at) => `${text.replace(/[;,]/g, "")};${["joy", "sadness", "anger"][at % 3]}`)),
    classes("column 1", "column 2", ["anger", "joy", "sadness"]),
  ],
  [
    "reviews with a summary and a score",
    "Reviews.csv",
    csvOf([
      ["Id", "Score", "Summary", "Text"],
      ...ten((text, at, other) => [at + 1, (at % 5) + 1, other, `${text} ${text}`]),
    ]),
    { kind: "regression", text: "Text", label: "Score", says: /left out: Id, Summary/ },
  ],
  [
    "questions with a yes or no",
    "train.csv",
    csvOf([["question", "passage", "answer"], ...ten((text, at, other) => [other, text, at % 2 ? "true" : "false"])]),
    { ...classes("question", "answer", ["false", "true"]), second: "passage" },
  ],
  [
    "dialogues and summaries",
    "train.csv",
    csvOf([["id", "summary", "dialogue"], ...ten((text, at, other) => [`13${at}`, text, `A: ${other}\nB: ${text}`])]),
    { kind: "completion", text: "dialogue", second: "summary" },
  ],
  [
    "answers that are judged",
    "train.tsv",
    csvOf([["question", "answer", "label"], ...ten((text, at, other) => [text, other, at % 2])], "\t"),
    { ...classes("question", "label", ["0", "1"]), second: "answer" },
  ],
];

opensSo([...tables, ...others]);
