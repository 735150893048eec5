import path from "node:path";
import { adapters } from "../methods/adapters/index.ts";
import { diagnostics } from "../methods/diagnostics/index.ts";
import { optimizers } from "../methods/optimizers/index.ts";
import { projectors } from "../methods/optimizers/projectors/index.ts";
import { rankSchedules } from "../methods/ranks/index.ts";
import { problems } from "../problems/index.ts";

/** A family of methods: one file a method, and one line of its table. */
export interface MethodFamily {
  readonly family: string;
  /** The folder of its methods, whose index has the table. */
  readonly folder: string;
  readonly table: string;
  readonly names: readonly string[];
}

const families: readonly (readonly [family: string, folder: string, tables: Readonly<Record<string, object>>])[] = [
  ["adapter", "src/engine/methods/adapters", { adapters }],
  ["optimizer", "src/engine/methods/optimizers", { optimizers }],
  ["projector", "src/engine/methods/optimizers/projectors", { projectors }],
  ["diagnostic", "src/engine/methods/diagnostics", { diagnostics }],
  ["rank schedule", "src/engine/methods/ranks", { rankSchedules }],
  ["problem", "src/engine/problems", { problems }],
];

export const methodFamilies: readonly MethodFamily[] = families.flatMap(([family, folder, tables]) =>
  Object.entries(tables).map(([table, entries]) => ({ family, folder, table, names: Object.keys(entries) })),
);

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

/** A family's index without what a file exports, in all of its tables. */
export function withoutFile(text: string, tables: readonly string[], entry: TableEntry): string {
  const imports = new RegExp(
    `^import \\{ ${entry.exported} \\} from "\\./${path.posix.basename(entry.file)}";\\n`,
    "m",
  );
  const left = text.replace(imports, "");
  if (left === text) throw new Error(`${entry.file} is not imported by a line of its own`);
  const isOther = (line: string) => line.split(":").at(-1)!.trim() !== entry.exported;
  return tables.reduce((all, table) => withLines(all, table, linesOf(all, table).filter(isOther)), left);
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
