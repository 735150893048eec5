import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import path from "node:path";
import { openModel } from "../../../tools/headless/model.ts";
import type { RequestContext } from "../../worker/handlers/handler.ts";
import { modelHandlers } from "../../worker/handlers/models.ts";
import type { LocalFiles } from "../../worker/localFiles.ts";
import type { NamedFile } from "../../worker/rpc.ts";
import { originSources } from "../../worker/sources.ts";
import { EngineError } from "../errors.ts";
import { loadModel } from "../model/loadModel.ts";
import { defaultConfig } from "../settings/config.ts";

/** Files of a folder by their paths within it. */
export type Folder = Readonly<Record<string, string | ArrayBuffer>>;

const places: string[] = [];

/** Removes what was written. */
export function clear(): void {
  for (const place of places.splice(0)) rmSync(place, { recursive: true, force: true });
}

/** The folder on the disk, as the command line sees it. */
export function onDisk(folder: Folder, name = "my-model"): string {
  const place = path.join(mkdtempSync(path.join(tmpdir(), "rankscope-")), name);
  places.push(path.dirname(place));
  mkdirSync(place, { recursive: true });
  for (const [file, content] of Object.entries(folder)) {
    mkdirSync(path.dirname(path.join(place, file)), { recursive: true });
    writeFileSync(path.join(place, file), typeof content === "string" ? content : new Uint8Array(content));
  }
  return place;
}

/** The folder as the page gives it to the worker. */
export const named = (folder: Folder): NamedFile[] =>
  Object.entries(folder).map(([name, content]) => ({ name, content: new Blob([content]) }));

/** What is said of a folder: what it is called and what is odd about it, or why it is refused. */
export interface Seen {
  readonly reference?: string;
  readonly warnings?: readonly string[];
  readonly refused?: string;
}

async function verdict(look: () => Promise<Seen>): Promise<Seen> {
  try {
    return await look();
  } catch (error) {
    if (!(error instanceof EngineError)) throw error;
    return { refused: `${error.message}. ${error.hint}` };
  }
}

/** What the worker answers from. */
export function context(localFiles: LocalFiles = new Map()) {
  const trainer = { borrow: async (use: (device: object) => unknown) => use({ description: {} }) };
  const sources = originSources(new URL("http://here.invalid/"), localFiles);
  return { trainer, sources, localFiles, progress: () => {}, signal: AbortSignal.any([]) } as unknown as RequestContext;
}

/** What the page says of a folder, and what it calls it. */
export function onPage(
  folder: Folder,
  { wanted, name = "my-model" }: { wanted?: string; name?: string } = {},
): Promise<Seen> {
  return verdict(async () => {
    const files = named(folder);
    const { warnings, chosen, obstacles } = await modelHandlers.inspectModel(
      { files, config: defaultConfig },
      context(),
    );
    if (obstacles.length > 0) return { refused: obstacles.join(" ") };
    const { reference } = await modelHandlers.openModel({ name, files, ...(wanted && { wanted }) }, context());
    return { reference, warnings: [chosen, ...warnings] };
  });
}

/** What the command line says of it, and what it calls it. */
export function headless(folder: Folder | string, wanted = "pd-bert"): Promise<Seen> {
  const place = typeof folder === "string" ? folder : onDisk(folder);
  return verdict(async () => {
    const lines: string[] = [];
    const { reference, files } = await openModel(place, wanted, (line) => lines.push(line));
    await loadModel(files);
    return { reference, warnings: lines.map((line) => line.replace(`${place}: `, "")) };
  });
}
