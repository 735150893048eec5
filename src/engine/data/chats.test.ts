import fc from "fast-check";
import { expect, test } from "vitest";
import { jsonlOf, learntFrom, lookedAt, sentences } from "../testing/dataFiles.ts";

interface Turn {
  readonly role: "system" | "user" | "assistant";
  readonly text: string;
}

/** Conversations with and without a system turn, of one question or more, some without an answer. */
const anyChat: fc.Arbitrary<readonly Turn[]> = fc
  .record({ hasSystem: fc.boolean(), questions: fc.integer({ min: 1, max: 3 }), isOpen: fc.boolean(), seed: fc.nat(9) })
  .map(({ hasSystem, questions, isOpen, seed }) => [
    ...(hasSystem ? [{ role: "system" as const, text: "You answer briefly." }] : []),
    ...Array.from({ length: questions }, (_, at): Turn[] => [
      { role: "user", text: `${sentences[(seed + at) % 10]} (${at})` },
      { role: "assistant", text: `${sentences[(seed + at + 3) % 10]}` },
    ]).flat(),
    ...(isOpen ? [{ role: "user" as const, text: "And then?" }] : []),
  ]);

const sharegpt = { system: "system", user: "human", assistant: "gpt" } as const;

/** The same conversation as programs write it. */
const forms: Readonly<Record<string, (turns: readonly Turn[]) => object>> = {
  OpenAI: (turns) => ({ messages: turns.map(({ role, text }) => ({ role, content: text })) }),
  ShareGPT: (turns) => ({
    id: "x",
    conversations: turns.map(({ role, text }) => ({ from: sharegpt[role], value: text })),
  }),
  parts: (turns) => ({ messages: turns.map(({ role, text }) => ({ role, content: [{ type: "text", text }] })) }),
  "capital roles": (turns) => ({
    conversation: turns.map(({ role, text }) => ({ role: role.toUpperCase(), content: text })),
  }),
  "names of speakers": (turns) => ({
    messages: turns.map(({ role, text }) => ({ role, name: "Ann", content: text, weight: 1 })),
  }),
  text: (turns) => ({ messages: JSON.stringify(turns.map(({ role, text }) => ({ role, content: text }))) }),
};

test("a conversation is the same prompt and completion in every form", () =>
  fc.assert(
    fc.asyncProperty(fc.array(anyChat, { minLength: 6, maxLength: 12 }), async (chats) => {
      const found = [];
      for (const write of Object.values(forms)) {
        const content = jsonlOf(
          chats.map((turns, at) =>
            write([...turns.slice(0, -1), { ...turns.at(-1)!, text: `${turns.at(-1)!.text} ${at}` }]),
          ),
        );
        const seen = await lookedAt("chats.jsonl", content);
        expect([seen.questions, seen.settings.dataKind, seen.badRows]).toEqual([[], "completion", 0]);
        found.push((await learntFrom("chats.jsonl", content, seen.settings)).chosen);
        const isLong = chats.some((turns) => turns.filter(({ role }) => role === "assistant").length > 1);
        if (isLong) expect(seen.warnings.join()).toContain("only the last answer is learnt");
        const isOpen = chats.some((turns) => turns.at(-1)!.role === "user");
        expect(seen.warnings.join().includes("what follows the last answer is left out")).toBe(isOpen);
      }
      for (const each of found) expect(each).toEqual(found[0]);
      for (const [at, { text, second }] of found[0]!.entries()) {
        const last = chats[at]!.findLastIndex(({ role }) => role === "assistant");
        expect(second).toContain(chats[at]![last]!.text);
        for (const turn of chats[at]!.slice(0, last)) expect(text).toContain(turn.text);
      }
    }),
    { numRuns: 100 },
  ));

const BROKEN: readonly [object, RegExp][] = [
  [{ messages: [{ role: "user", content: "Who?" }] }, /the conversation has no answer/],
  [{ messages: [{ role: "assistant", content: "I." }] }, /nothing before its answer/],
  [
    {
      messages: [
        { role: "narrator", content: "Once." },
        { role: "assistant", content: "I." },
      ],
    },
    /a turn of "narrator"/,
  ],
  [
    {
      messages: [
        { role: "user", content: null },
        { role: "assistant", content: "I." },
      ],
    },
    /a turn of user without text/,
  ],
];

test("a conversation that cannot be learnt is reported by its line, and what is wrong", () =>
  fc.assert(
    fc.asyncProperty(
      fc.array(anyChat, { minLength: 4, maxLength: 8 }),
      fc.nat(),
      fc.constantFrom(...BROKEN),
      async (chats, which, [broken, problem]) => {
        const rows = chats.map((turns, at) =>
          forms.OpenAI!([...turns, { role: "assistant", text: `So it is, ${at}.` }]),
        );
        const at = which % rows.length;
        const seen = await lookedAt("chats.jsonl", jsonlOf([...rows.slice(0, at), broken, ...rows.slice(at)]));
        expect(seen.bad).toEqual([{ line: at + 1, problem: expect.stringMatching(problem) }]);
        expect(seen.rows).toBe(rows.length);
      },
    ),
    { numRuns: 100 },
  ));

test("of a tree of replies the best is learnt, and the others are reported", async () => {
  const reply = (text: string, rank: number, replies: readonly object[] = []) => ({
    text,
    role: "assistant",
    rank,
    replies,
  });
  const trees = sentences.map((text, at) => ({
    prompt: {
      text,
      role: "prompter",
      replies: at === 0 ? [reply("Second.", 1), reply("First.", 0)] : [reply("Only.", 0)],
    },
  }));
  const content = jsonlOf(trees);
  const seen = await lookedAt("trees.jsonl", content);
  expect(seen.warnings.join()).toContain("In 1 conversation one reply of several is taken");
  const { chosen } = await learntFrom("trees.jsonl", content, seen.settings);
  expect(chosen[0]).toEqual({ text: sentences[0], second: "First." });
});
