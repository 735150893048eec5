import { readTokenizer } from "../../../src/engine/checkpoint/tokenizerFiles.ts";
import { damaged } from "../bytes.ts";
import { damagedJson } from "../json.ts";
import type { Target } from "../target.ts";

const letters = Object.fromEntries([..."abĠ!"].map((letter, id) => [letter, id]));
const json = JSON.stringify;

/** Checkpoints whose tokenizer is not in tokenizer.json. */
const seeds: readonly Readonly<Record<string, string>>[] = [
  {
    "vocab.txt": ["[PAD]", "[UNK]", "[CLS]", "[SEP]", "[MASK]", "the", "##s", "earth", "!", ""].join("\n"),
    "tokenizer_config.json": json({
      do_lower_case: true,
      strip_accents: null,
      unk_token: "[UNK]",
      tokenize_chinese_chars: true,
    }),
  },
  {
    "vocab.json": json({ ...letters, ab: 4, "<|endoftext|>": 5 }),
    "merges.txt": "#version: 0.2\na b\n",
    "tokenizer_config.json": json({
      add_prefix_space: false,
      eos_token: { content: "<|endoftext|>" },
      pad_token: null,
    }),
    "added_tokens.json": json({ "<|pad|>": 6 }),
  },
  {
    "vocab.json": json({ "<s>": 0, "<pad>": 1, "</s>": 2, "<unk>": 3, "<mask>": 4, a: 5, b: 6, ab: 7 }),
    "merges.txt": "a b\n",
  },
];
const decoder = new TextDecoder();
const encoder = new TextEncoder();

export const target: Target = {
  // Which of them is meant shows in the message.
  file: "",

  input(random) {
    const files = random.of(seeds);
    const [name, content] = random.of(Object.entries(files));
    const changed =
      name.endsWith(".json") && !random.once(4)
        ? damagedJson(JSON.parse(content), random)
        : decoder.decode(damaged(encoder.encode(content), random));
    return encoder.encode(json({ ...files, [name]: changed }));
  },

  async run(bytes) {
    const files: Readonly<Record<string, string>> = JSON.parse(decoder.decode(bytes));
    const names = Object.keys(files);
    const tokenizer = await readTokenizer({ names, read: async (file) => encoder.encode(files[file]).buffer }, {});
    if (!names.includes(tokenizer.name)) throw new TypeError(`it is of ${tokenizer.name}`);
    for (const probe of ["the earths!", "ab a<mask>b", "", "<s>"]) {
      const { ids } = tokenizer.encode(probe);
      if (!ids.every((id) => Number.isInteger(id) && id >= 0 && id < tokenizer.vocabularySize))
        throw new TypeError("ids that are none");
      tokenizer.decode(ids);
    }
    return tokenizer;
  },
};
