import { existsSync, readdirSync } from "node:fs";
import path from "node:path";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { chosenData } from "./chosenData.ts";

const file = (name: string) => ({ name, content: new Blob(["text,label\n"]) });
const found = path.resolve("../shared/findings/cases/page-two-files-dropped");
const files = (...names: string[]) => names.map(file);

describe("of what is dropped on data", () => {
  test("one file is taken as it is, whatever it is called", () => {
    for (const name of ["x.csv", "x.data", "x"]) expect(chosenData(files(name))).toMatchObject({ file: { name } });
    expect(chosenData(files("x.csv")).notice).toBeUndefined();
  });

  test.each([
    [["test.csv", "train.csv"], "train.csv", "Left aside: test.csv."],
    [["README.md", "rows.jsonl"], "rows.jsonl", "Left aside: README.md."],
    [["config.json", "model.safetensors", "rows.csv"], "rows.csv", "Left aside: config.json, model.safetensors."],
  ])("of %j one is taken, and the rest is named", (names, taken, notice) => {
    const chosen = chosenData(files(...names));
    expect(chosen.file.name).toBe(taken);
    expect(chosen.notice).toContain(notice);
  });

  test.each([
    [["model.safetensors"], undefined, "belongs to a model"],
    [["config.json", "tokenizer.json"], undefined, "belong to a model"],
    [["config.json", "model.safetensors"], "pd-bert", "The folder pd-bert belongs to a model"],
    [["snapshots/1/config.json", "snapshots/1/vocab.txt"], "models--x", "The folder models--x belongs to a model"],
    [["adapter_config.json", "adapter_model.safetensors", "modules.json"], undefined, "belong to a model"],
    [["a.png", "b.png"], undefined, "None of the files is CSV"],
    [["a.png"], "pictures", "The folder pictures has no file that is CSV"],
    [[], "empty", "The folder empty has no files in it"],
  ])("%j of %s is refused", (names, folder, message) => {
    expect(() => chosenData(files(...names), folder)).toThrow(message);
  });

  test.skipIf(!existsSync(found))("as two files that were found to lose one in silence", () => {
    const names = readdirSync(found).filter((name) => name.endsWith(".csv"));
    const chosen = chosenData(files(...names));
    expect(chosen.file.name).toBe("train.csv");
    expect(chosen.notice).toContain("Left aside: test.csv.");
    expect(chosenData(files(...names), "both").notice).toContain("of the folder both");
  });

  test("nothing is left aside unsaid", () => {
    const name = fc.constantFrom("a.csv", "b.tsv", "train.json", "c.jsonl", "d.md", "e.png", "config.json", "f.txt");
    fc.assert(
      fc.property(
        fc.uniqueArray(name, { minLength: 1 }),
        fc.option(fc.constant("folder"), { nil: undefined }),
        (names, folder) => {
          let chosen: ReturnType<typeof chosenData>;
          try {
            chosen = chosenData(files(...names), folder);
          } catch (error) {
            expect((error as Error).message.length).toBeGreaterThan(10);
            return;
          }
          expect(names).toContain(chosen.file.name);
          for (const other of names)
            if (other !== chosen.file.name) expect(chosen.notice).toContain(names.length > 6 ? "more" : other);
        },
      ),
    );
  });
});
