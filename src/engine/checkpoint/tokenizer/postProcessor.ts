import { type Clean, isRecord, type Kinds, Part, type Refuse, readSteps } from "./part.ts";

/** Items that a template may have; more would be put around every text. */
const MOST_ITEMS = 64;

/**
 * The post-processor of a tokenizer.json as one template, for the library; null where it adds nothing.
 *
 * @param tokenOf the token of an id, among the vocabulary and the added tokens.
 * @throws RefusedFileError when it is unknown, badly formed, or puts tokens around texts that there are not.
 */
export function readPostProcessor(
  value: unknown,
  tokenOf: (id: number) => string | undefined,
  idOf: (token: string) => number | undefined,
  refuse: Refuse,
): Clean | null {
  const missing = (token: unknown) =>
    refuse("tok-special-missing", `it puts ${String(token).slice(0, 80)} around texts, which is not among its tokens`);

  /** What a template puts for a special token: the tokens of the ids it names, or the token called so. */
  const special = (name: unknown, table: unknown): string[] => {
    const entry = isRecord(table) && Object.hasOwn(table, name as string) ? table[name as string] : undefined;
    const ids = isRecord(entry) && Array.isArray(entry.ids) ? (entry.ids as unknown[]) : [idOf(name as string)];
    return ids.map((id) => {
      const token = typeof id === "number" ? tokenOf(id) : undefined;
      if (token === undefined) throw missing(name);
      return token;
    });
  };

  const items = (part: Part, key: string): Clean[] => {
    const list = part.value(key) ?? (key === "single" ? onlyText : bothTexts);
    if (!Array.isArray(list) || list.length > MOST_ITEMS) throw part.wrong(key, "a short list");
    const read = list.flatMap((item: unknown): Clean[] => {
      const [kind, content] = isRecord(item) && Object.keys(item).length === 1 ? Object.entries(item)[0]! : [];
      if (!isRecord(content)) throw part.wrong(key, "a list of texts and special tokens");
      const inner = new Part(content, "template", refuse, "tok-unsupported");
      const type_id = inner.whole("type_id", 0, 1023, 0);
      if (kind === "Sequence") return [{ Sequence: { id: inner.choice("id", ["A", "B"]), type_id } }];
      if (kind !== "SpecialToken") throw part.wrong(key, "a list of texts and special tokens");
      return special(inner.text("id"), part.value("special_tokens")).map((id) => ({ SpecialToken: { id, type_id } }));
    });
    const texts = read.filter((item) => "Sequence" in item).map((item) => (item.Sequence as { id: string }).id);
    if (texts.join("") !== (key === "single" ? "A" : "AB")) throw part.wrong(key, "each text once");
    return read;
  };

  /** The two processors that are templates with names of their own. @param secondType the type of the second text. */
  const around = (part: Part, secondType: number, between: number): Clean => {
    const token = (key: string): Clean => {
      const pair = part.value(key);
      const [name, id] = Array.isArray(pair) ? (pair as unknown[]) : [];
      if (typeof name !== "string" || !Number.isInteger(id)) throw part.wrong(key, "a token with its id");
      if (tokenOf(id as number) !== name) throw missing(name);
      return { id: name };
    };
    const start = { SpecialToken: { ...token("cls"), type_id: 0 } };
    const end = (type_id: number) => ({ SpecialToken: { ...token("sep"), type_id } });
    const text = (id: string, type_id: number) => ({ Sequence: { id, type_id } });
    const single = [start, text("A", 0), end(0)];
    const second = [...Array.from({ length: between }, () => end(0)), text("B", secondType), end(secondType)];
    return { type: "TemplateProcessing", single, pair: [...single, ...second] };
  };

  const kinds: Kinds = new Map<string, (part: Part) => Clean | readonly Clean[]>([
    ["TemplateProcessing", (part) => ({ single: items(part, "single"), pair: items(part, "pair") })],
    ["BertProcessing", (part) => around(part, 1, 0)],
    ["RobertaProcessing", (part) => around(part, 0, 1)],
    // Only tells where in the text tokens are.
    ["ByteLevel", () => []],
  ]);
  const templates = readSteps(value, { role: "post-processor", kinds, listKey: "processors", refuse });
  if (templates.length > 1) throw refuse("tok-unsupported", "its post-processor has two templates");
  return templates[0] ?? null;
}

const onlyText = [{ Sequence: { id: "A", type_id: 0 } }];
const bothTexts = [...onlyText, { Sequence: { id: "B", type_id: 1 } }];
