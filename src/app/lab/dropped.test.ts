import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { droppedFiles, pickedFiles } from "./dropped.ts";

/** A folder as nested objects; a text is a file. */
interface Tree {
  readonly [name: string]: string | Tree;
}

const file = (name: string, path = "") =>
  Object.defineProperty(new File(["x"], name), "webkitRelativePath", { value: path });

function entryOf(name: string, content: string | Tree): FileSystemEntry {
  if (typeof content === "string") {
    return { name, isFile: true, isDirectory: false, file: (done: (of: File) => void) => done(file(name)) } as never;
  }
  const entries = Object.entries(content).map(([inner, each]) => entryOf(inner, each));
  // Browsers give a hundred at a time.
  const createReader = () => {
    const left = [...entries];
    return { readEntries: (done: (of: FileSystemEntry[]) => void) => done(left.splice(0, 100)) };
  };
  return { name, isFile: false, isDirectory: true, createReader } as never;
}

const transfer = (tree: Tree) => {
  const items = Object.entries(tree).map(([name, content]) => ({ webkitGetAsEntry: () => entryOf(name, content) }));
  return { items, files: Object.keys(tree).map((name) => file(name)) } as unknown as DataTransfer;
};

function pathsIn(tree: Tree, before = "", depth = 0): string[] {
  return Object.entries(tree).flatMap(([name, content]) => {
    if (typeof content === "string") return [before + name];
    return depth < 4 && !name.startsWith(".") ? pathsIn(content, `${before}${name}/`, depth + 1) : [];
  });
}

const names = fc.constantFrom("a", "b.json", "1_Pooling", ".git", "model.safetensors");
const { tree } = fc.letrec<{ tree: Tree }>((tie) => ({
  tree: fc.dictionary(names, fc.oneof({ maxDepth: 5, withCrossShrink: true }, fc.constant("x"), tie("tree"))) as never,
}));

describe("files that are given as a model", () => {
  test("of one folder are named by their paths within it, dropped or picked", async () => {
    await fc.assert(
      fc.asyncProperty(tree, async (content) => {
        const { folder, files } = await droppedFiles(transfer({ mine: content }));
        expect(folder).toBe("mine");
        expect(files.map(({ name }) => name)).toEqual(pathsIn(content, "", 1));
        const paths = pathsIn(content, "", 1);
        if (paths.length === 0) return;
        const picked = pickedFiles(paths.map((path) => file(path.split("/").at(-1)!, `mine/${path}`)));
        expect(picked.folder).toBe("mine");
        expect(picked.files.map(({ name }) => name)).toEqual(paths);
      }),
      { numRuns: 60 },
    );
  });

  test("of several folders, or of folders and files, keep what they lie in", async () => {
    const { folder, files } = await droppedFiles(transfer({ one: { "a.json": "x" }, two: { b: "x" }, "c.csv": "x" }));
    expect(folder).toBeUndefined();
    expect(files.map(({ name }) => name)).toEqual(["one/a.json", "two/b", "c.csv"]);
  });

  test("alone are named as they are", async () => {
    expect(pickedFiles([file("a.json"), file("b")])).toEqual({
      files: [
        { name: "a.json", content: expect.any(File) },
        { name: "b", content: expect.any(File) },
      ],
    });
    expect((await droppedFiles(transfer({ "a.json": "x" }))).files.map(({ name }) => name)).toEqual(["a.json"]);
  });
});
