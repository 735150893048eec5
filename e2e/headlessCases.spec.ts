import { cpSync, existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { expect, test } from "@playwright/test";
import { headless } from "./headlessRun.ts";

const cases = fileURLToPath(new URL("../../shared/findings/cases", import.meta.url));
const names = existsSync(cases) ? readdirSync(cases).filter((name) => name.startsWith("cli-")) : [];

test.skip(names.length === 0, "the folder of cases is not there");

/** Whoever follows a case's README has its file beside, and types the call there. */
for (const name of names.length > 0 ? names : ["none"]) {
  test(`${name} does what its README says is right`, async () => {
    const [file] = readdirSync(path.join(cases, name)).filter((each) => each !== "README.md");
    const [, link] = /'(v=\d[^']*)'/.exec(readFileSync(path.join(cases, name, "README.md"), "utf8"))!;
    const folder = mkdtempSync(path.join(tmpdir(), "headless-case-"));
    try {
      cpSync(path.join(cases, name, file!), path.join(folder, file!));
      const { said, ended } = headless([link!, "--data", `./${file}`, "--cpu"], folder);
      expect(await ended, said()).toBe(0);
      expect(existsSync(path.join(folder, "rankscope-run", "adapter.zip"))).toBe(true);
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
}
