import path from "node:path";
import { adapters } from "../methods/adapters/index.ts";
import { diagnostics } from "../methods/diagnostics/index.ts";
import { baseStarts, fixedStarts, pairStarts } from "../methods/initialisers/index.ts";
import { optimizers } from "../methods/optimizers/index.ts";
import { projectors } from "../methods/optimizers/projectors/index.ts";
import { rankSchedules } from "../methods/ranks/index.ts";
import { problems } from "../problems/index.ts";

/** A table of methods: one file a method, and one line. */
export interface MethodFamily {
  readonly family: string;
  /** The folder of its methods, whose index has the table. */
  readonly folder: string;
  readonly table: string;
  readonly entries: Readonly<Record<string, object>>;
  /** The setting that names one of them, where there is one. */
  readonly setting?: string;
}

const initialisers = { family: "initialiser", folder: "src/engine/methods/initialisers" } as const;
const optimizersFolder = "src/engine/methods/optimizers";

/** A family may have several tables; the first is that of which most is chosen. */
export const methodFamilies: readonly MethodFamily[] = [
  {
    ...{ family: "adapter", folder: "src/engine/methods/adapters" },
    ...{ table: "adapters", entries: adapters, setting: "method" },
  },
  { ...initialisers, table: "pairStarts", entries: pairStarts, setting: "loraStart" },
  { ...initialisers, table: "baseStarts", entries: baseStarts, setting: "bases" },
  { ...initialisers, table: "fixedStarts", entries: fixedStarts },
  {
    ...{ family: "optimizer", folder: optimizersFolder },
    ...{ table: "optimizers", entries: optimizers, setting: "optimizer" },
  },
  {
    ...{ family: "projector", folder: `${optimizersFolder}/projectors` },
    ...{ table: "projectors", entries: projectors, setting: "projector" },
  },
  {
    ...{ family: "rank schedule", folder: "src/engine/methods/ranks" },
    ...{ table: "rankSchedules", entries: rankSchedules, setting: "rankSchedule" },
  },
  { family: "diagnostic", folder: "src/engine/methods/diagnostics", table: "diagnostics", entries: diagnostics },
  { family: "problem", folder: "src/engine/problems", table: "problems", entries: problems },
];

/** The index of a family's folder. */
export function indexOf({ folder }: Pick<MethodFamily, "folder">): string {
  return `${folder}/index.ts`;
}

/** One method of a table, as its index names it. */
export interface TableEntry {
  readonly name: string;
  /** What its file exports. */
  readonly exported: string;
  /** From the root of the project. */
  readonly file: string;
}

/** The entries of a table, in its order. @param text of its index. */
export function entriesOf({ folder, table }: Pick<MethodFamily, "folder" | "table">, text: string): TableEntry[] {
  const files = new Map(
    [...text.matchAll(/^import (?!type)\{([^}]*)\} from "(\.\/[^"]+)";$/gm)].flatMap(([, names, file]) =>
      names!.split(",").map((name) => [name.trim(), path.posix.join(folder, file!)] as const),
    ),
  );
  return linesOf(text, table).map((line) => {
    const [first, second] = line.split(":").map((part) => part.trim().replaceAll('"', ""));
    const exported = second ?? first!;
    return { name: first!, exported, file: files.get(exported)! };
  });
}

/** A family's index with one more import and one more entry. */
export function withEntry(text: string, table: string, { name, exported, file }: TableEntry): string {
  const place = `import { ${exported} } from "./${path.posix.basename(file)}";\n`;
  return place + withLines(text, table, [...linesOf(text, table), `"${name}": ${exported}`]);
}

/** An index without what a file exports, in all of its tables. */
export function withoutFile(text: string, entry: TableEntry): string {
  const imports = new RegExp(
    `^import \\{ ${entry.exported} \\} from "\\./${path.posix.basename(entry.file)}";\\n`,
    "m",
  );
  const left = text.replace(imports, "");
  if (left === text) throw new Error(`${entry.file} is not imported by a line of its own`);
  const isOther = (line: string) => line.split(":").at(-1)!.trim() !== entry.exported;
  const own = methodFamilies.filter(({ folder }) => folder === path.posix.dirname(entry.file));
  return own.reduce((all, { table }) => withLines(all, table, linesOf(all, table).filter(isOther)), left);
}

const literalOf = (table: string) => new RegExp(`(export const ${table} = \\{)([^}]*)(\\})`);

function linesOf(text: string, table: string): string[] {
  const [, , lines] = literalOf(table).exec(text)!;
  return lines!
    .split(",")
    .map((line) => line.trim())
    .filter((line) => line !== "");
}

function withLines(text: string, table: string, lines: readonly string[]): string {
  return text.replace(literalOf(table), (_, head, __, end) => `${head} ${lines.join(", ")} ${end}`);
}
