import { expect, test } from "vitest";
import { defaultConfig } from "../settings/config.ts";
import { differenceInWords } from "./settingsInWords.ts";

test("every setting that differs is named with its label, choices too", () => {
  const own = { ...defaultConfig, shots: "16", maxTokens: 16, method: "lora" } as const;
  expect(differenceInWords(own, defaultConfig)).toBe("Examples 16; Longest text 16; Method LoRA");
  expect(differenceInWords(defaultConfig, own)).toBe("Examples 1,024; Longest text 48; Method Deep LoRA, compressed");
});

test("settings that mean nothing to a run are not said of it, and a model from files has its name", () => {
  const own = { ...defaultConfig, method: "lora", depth: 4, model: "file:mine~0123456789abcdef" } as const;
  expect(differenceInWords(own, defaultConfig)).toMatch(/^Model mine.*; Method LoRA$/);
  expect(differenceInWords(own, own)).toBe("the same settings");
});
