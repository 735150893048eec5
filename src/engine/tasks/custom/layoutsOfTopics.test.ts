import { csv, type Layout, objects, opensAsItIs, quoted, single, tsv } from "../../testing/layouts.ts";

const signed = ["negative", "positive"];
const news = ["World", "Sports", "Business", "Sci/Tech"];
const questions = ["DESC:manner", "ENTY:cremat", "HUM:ind", "LOC:other"];
const tokens = (text: string) => text.toLowerCase().replace(/([.,!?"])/g, " $1 ");

const topics: readonly Layout[] = [
  [
    "TREC",
    "train_5500.label",
    (rows) => rows.map(({ one, of4 }) => `${questions[of4!]} ${one}\n`).join(""),
    single("text", "label", 4),
  ],
  [
    "TREC from the Hub",
    "train.csv",
    csv("text,coarse_label,fine_label", ({ at, one, of4 }) => [one, of4, 3 * of4! + (at % 2)]),
    single("text", "coarse_label", 4),
  ],
  [
    "TREC of SetFit",
    "train.jsonl",
    objects(({ one, of4 }) => ({ text: one, label: of4, label_text: questions[of4!] })),
    single("text", "label", 4),
  ],
  [
    "AG News as published",
    "train.csv",
    quoted(undefined, ({ one, two, of4 }) => [
      of4! + 1,
      `${two.slice(0, 24)} (AP)`,
      `AP - ${one} The \\$5 report says ${two}`,
    ]),
    { ...single("column 2", "column 1", 4), context: "column 3" },
  ],
  [
    "AG News of Kaggle",
    "train.csv",
    csv("Class Index,Title,Description", ({ one, two, of4 }) => [of4! + 1, two.slice(0, 24), `${one} ${two}`]),
    { ...single("Title", "Class Index", 4), context: "Description" },
  ],
  [
    "AG News from the Hub",
    "train.jsonl",
    objects(({ one, of4 }) => ({ text: one, label: of4 })),
    single("text", "label", 4),
  ],
  [
    "AG News of SetFit",
    "train.jsonl",
    objects(({ one, of4 }) => ({ text: one, label: of4, label_text: news[of4!] })),
    single("text", "label", 4),
  ],
  [
    "AG News for fastText",
    "ag_news.train",
    (rows) => rows.map(({ one, of4 }) => `__label__${of4! + 1} , ${tokens(one)}\n`).join(""),
    single("text", "label", 4),
  ],
  [
    "IMDB of Kaggle",
    "IMDB Dataset.csv",
    csv("review,sentiment", ({ one, two, of2 }) => [`${one}<br /><br />${two}`, signed[of2!]]),
    single("review", "sentiment", 2),
  ],
  ["IMDB from the Hub", "imdb_train.csv", csv("text,label", ({ one, of2 }) => [one, of2]), single("text", "label", 2)],
  [
    "IMDB with signs",
    "labeledTrainData.tsv",
    (rows) =>
      `id\tsentiment\treview\n${rows.map(({ at, one, of2 }) => `"${5814 + at * 7}_8"\t${of2}\t"${one.replaceAll('"', '\\"')}"\n`).join("")}`,
    single("review", "sentiment", 2),
  ],
  [
    "Yelp stars",
    "train.csv",
    quoted(undefined, ({ one, two, of5 }) => [of5! + 1, `${one}\\n\\n${two}`]),
    single("column 2", "column 1", 5),
  ],
  [
    "Yelp polarity",
    "test.csv",
    quoted(undefined, ({ one, of2 }) => [of2! + 1, one]),
    single("column 2", "column 1", 2),
  ],
  [
    "Yelp from the Hub",
    "train.jsonl",
    objects(({ one, two, of5 }) => ({ label: of5, text: `${one}\n${two}` })),
    single("text", "label", 5),
  ],
  [
    "Yelp, the dump",
    "yelp_academic_dataset_review.json",
    objects(({ at, one, of5 }) => ({
      review_id: `KU_O5udG6zpxOg-VcAEo${at}`,
      user_id: `mh_-eMZ6K5RLWhZyISBhw${at}`,
      business_id: `XQfwVwDr-v0ZS3_CbbE5X${at % 3}`,
      stars: `#${of5! + 1}.0`,
      useful: at % 3,
      funny: 0,
      cool: at % 2,
      text: one,
      date: `2018-07-0${(at % 9) + 1} 22:09:11`,
    })),
    single("text", "stars", 5),
  ],
  [
    "Yelp of Kaggle",
    "yelp.csv",
    csv("business_id,date,review_id,stars,text,type,user_id,cool,useful,funny", ({ at, one, two, of5 }) => [
      `9yKzy9PApeiPPOUJEtnv${at}`,
      "2011-01-26",
      `fWKvX83p0-ka4JS3dc6E${at}`,
      of5! + 1,
      `${one}\n\n${two}`,
      "review",
      `rLtl8ZkDX5vH5nAx9C3q${at}`,
      at % 3,
      at % 4,
      0,
    ]),
    single("text", "stars", 5),
  ],
  [
    "SMS spam of UCI",
    "SMSSpamCollection",
    tsv(undefined, ({ one, of2 }) => [of2 ? "spam" : "ham", one]),
    single("column 2", "column 1", 2),
  ],
  [
    "SMS spam of Kaggle",
    "spam.csv",
    csv("v1,v2,,,", ({ one, of2 }) => [of2 ? "spam" : "ham", one, "", "", ""]),
    single("v2", "v1", 2),
  ],
  [
    "SMS spam from the Hub",
    "train.jsonl",
    objects(({ one, of2 }) => ({ sms: `${one}\n`, label: of2 })),
    single("sms", "label", 2),
  ],
  [
    "Sentiment140",
    "training.1600000.processed.noemoticon.csv",
    quoted(undefined, ({ at, one, of2 }) => [
      of2! * 4,
      1467810369 + 97 * at,
      `Mon Apr 06 22:1${at}:45 PDT 2009`,
      "NO_QUERY",
      `_user${at}_`,
      one,
    ]),
    single("column 6", "column 1", 2),
  ],
  [
    "Sentiment140, its test set",
    "testdata.manual.2009.06.14.csv",
    quoted(undefined, ({ at, one, of3 }) => [
      of3! * 2,
      at + 3,
      `Mon May 11 03:1${at}:41 UTC 2009`,
      at % 2 ? "kindle2" : "aig",
      `user${at}`,
      one,
    ]),
    single("column 6", "column 1", 3),
  ],
  [
    "Sentiment140 from the Hub",
    "train.csv",
    csv("text,date,user,sentiment,query", ({ at, one, of2 }) => [
      one,
      `Mon Apr 06 22:1${at}:45 PDT 2009`,
      `user${at}`,
      of2! * 4,
      "NO_QUERY",
    ]),
    single("text", "sentiment", 2),
  ],
  [
    "Subj",
    "subj.all",
    (rows) => rows.map(({ one, of2 }) => `${of2} ${tokens(one)}\n`).join(""),
    single("text", "label", 2),
  ],
  [
    "Subj of SetFit",
    "train.jsonl",
    objects(({ one, of2 }) => ({ text: one, label: of2, label_text: of2 ? "subjective" : "objective" })),
    single("text", "label", 2),
  ],
];

opensAsItIs(topics);
