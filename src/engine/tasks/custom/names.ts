import type { Column } from "./columns.ts";

/*
 * What columns are called in the data sets that people have, most telling first. Names are in the form of `nameOf`.
 */

const list = (names: string): readonly string[] => names.split(" ");

export const labelNames = list(
  "label labels class category gold gold_label quality sentiment polarity is_duplicate stars rating grade score similarity target y class_index coarse_label intent emotion topic airline_sentiment star_rating overall spam is_spam toxic",
);

/** Numbers under these are a scale, however few and whole. */
export const scoreNames: ReadonlySet<string> = new Set(["score", "similarity", "grade"]);

/** Numbers under these are classes where they count 0, 1, 2. */
export const classNames: ReadonlySet<string> = new Set(
  list("label labels class category gold gold_label target y class_index coarse_label intent emotion topic quality"),
);

export const firstNames = list(
  "sentence1 text1 #1_string question1 premise source1 sentence text question review comment tweet content document string message body utterance verse reviewtext review_text review_body description abstract headline title",
);

export const secondNames = list("sentence2 text2 #2_string question2 hypothesis source2");

/** Pairs of texts whose names say so only together. */
export const pairNames = list(
  "question>sentence sentence_a>sentence_b question>context question>passage question>answer query>passage query>document text_a>text_b sent1>sent2 anchor>positive",
);

export const completionNames = list(
  "mr>ref meaning_representation>human_reference meaning_representation>target prompt>completion instruction>output instruction>response input>output question>answer question>answers question>answers.text query>answer inputs>targets inputs_pretokenized>targets_pretokenized source>target text>summary article>highlights document>summary dialogue>summary dialog>summary prompt>response query>response question>response instruction>completion problem>solution input>target human>assistant user>assistant prompt>chosen",
);

/** Texts that are as often judged as answered: beside a column of these labels they are. */
export const judged = {
  texts: new Set(list("text article document question query source dialogue")),
  labels: list("label labels score stars rating sentiment class is_duplicate similarity relevance"),
};

/** What belongs to a prompt beside its instruction or question. */
export const contextNames = list("input context background passage");

/** Titles with what follows them. */
export const titled = { title: list("title headline subject"), body: list("description body content abstract") };

const keyName =
  /^(.+\.)?(#|no|nr|id|idx|_id|ids|id_str|index|uuid|guid|key|hash|row|unnamed:_\d+|row_?(id|idx|number)|.+_(id|idx|uuid|guid)|[a-z]*id\d|#\d_id|pairid|promptid)$/;
const labelKeyName = /^(label|class|category|intent|topic|target|emotion)_(id|idx|index)$/;

/** Whether a column tells rows apart rather than saying anything: nothing is to be learnt from it. */
export function isKey({ name, isCount }: Column): boolean {
  return isCount || name.startsWith("rejected") || (keyName.test(name) && !labelKeyName.test(name));
}

const parts = (pairs: readonly string[]) => pairs.flatMap((pair) => pair.split(">"));

export const knownNames: ReadonlySet<string> = new Set([
  ...labelNames,
  ...firstNames,
  ...secondNames,
  ...parts(pairNames),
  ...parts(completionNames),
  ...contextNames,
  ...titled.title,
  ...titled.body,
]);
