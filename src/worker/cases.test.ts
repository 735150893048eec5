import { existsSync, readdirSync, readFileSync, statSync } from "node:fs";
import path from "node:path";
import { afterAll, describe, expect, test } from "vitest";
import { clear, type Folder, headless, onPage } from "../engine/testing/customFolders.ts";

const folder = path.join(import.meta.dirname, "../../../shared/findings/cases");
const isThere = existsSync(folder);

afterAll(clear);

/** What must be said of each folder, on the page and at the command line. */
const verdicts: Readonly<Record<string, { readonly refused?: RegExp; readonly told?: RegExp }>> = {
  "ckpt-bnb-4bit": { refused: /quantised with bitsandbytes.*absmax.*Take the checkpoint that they were made from/ },
  "ckpt-config-with-bom": {},
  "ckpt-config-with-nan": {},
  "ckpt-identity-extra-files": { told: /left aside: .*README\.md/ },
  "ckpt-layernorm-gamma-beta": { told: /gamma for weight and beta for bias/ },
  "ckpt-orig-mod-prefix": { told: /saved from within a wrapper.*_orig_mod\./ },
  "ckpt-pad-minus-1": { told: /pad_token_id -1/ },
  "ckpt-pad-token-beyond-vocab": { told: /no embedding for \[PAD\] \(26\)/ },
  "ckpt-page-added-tokens-json": { told: /Read from .*added_tokens\.json/ },
  "ckpt-page-only-bin": { refused: /model\.safetensors is missing\. Convert pytorch_model\.bin/ },
  "ckpt-peft-unmerged-base-layer": { refused: /saved without merging.*merge_and_unload\(\); model\.save_pretrained/ },
  "ckpt-special-id-50256-small-vocab": { told: /bos_token_id 50256, eos_token_id 50256/ },
};

const names = isThere ? readdirSync(folder).filter((name) => name.startsWith("ckpt-")) : [];

function contentOf(name: string): Folder {
  const place = path.join(folder, name);
  const files = readdirSync(place, { recursive: true, encoding: "utf8" }).filter((file) =>
    statSync(path.join(place, file)).isFile(),
  );
  return Object.fromEntries(
    files.map((file) => [file.split(path.sep).join("/"), new Uint8Array(readFileSync(path.join(place, file))).buffer]),
  );
}

describe.skipIf(!isThere)("checkpoints that people have", () => {
  test("all have a verdict here", () => expect(Object.keys(verdicts).sort()).toEqual(names.sort()));

  test.each(Object.entries(verdicts))("%s", async (name, { refused, told }) => {
    const content = contentOf(name);
    const [page, line] = [await onPage(content), await headless(content)];
    expect(line).toEqual(page);
    expect(page.refused ?? "").toMatch(refused ?? /^$/);
    if (refused) return;
    expect(page.reference).toMatch(/^file:my-model~[0-9a-f]{16}$/);
    expect(page.warnings!.join("\n")).toMatch(told ?? /^Read from/);
    // Nothing else is odd about it than what it was made to have.
    expect(page.warnings).toHaveLength(told && !/Read from|left aside/.test(told.source) ? 2 : 1);
  });
});
