import { inspectData } from "../../engine/data/inspectData.ts";
import type { DataFile } from "../../engine/data/sources.ts";
import { inspectModel } from "../../engine/model/loadModel.ts";
import { chooseColumns, customTask } from "../../engine/tasks/custom/examples.ts";
import { readTable } from "../../engine/tasks/custom/table.ts";
import { checkpointFiles } from "../localFiles.ts";
import type { NamedFile } from "../rpc.ts";
import type { Handlers, RequestContext } from "./handler.ts";

/** The tokenizer that was last counted with; every change of a column asks for it again. */
let last: { readonly reference: string; readonly model: Awaited<ReturnType<typeof inspectModel>> } | undefined;

/** What is asked about data that the visitor has. */
export const dataHandlers: Pick<Handlers, "inspectData" | "openData"> = {
  async inspectData({ file, asked, decided, config }, context) {
    const { progress: report, signal } = context;
    const data = await dataOf(file);
    const model = await modelFor(config.model, context);
    return inspectData(data, { asked, decided, config, model, report, signal });
  },

  async openData({ file, reference, settings }, { localFiles, progress }) {
    progress("Checking the rows");
    const data = await dataOf(file);
    // What a run would refuse is refused now.
    customTask(
      chooseColumns(await readTable(data.content, data.name, settings), settings, data.name),
      settings,
      data.name,
    );
    localFiles.set(reference, [file]);
    return { reference, settings };
  },
};

async function dataOf(file: NamedFile): Promise<DataFile> {
  return { name: file.name, content: new Uint8Array(await checkpointFiles([file]).read(file.name)) };
}

/** A model that is not at hand, or cannot be read, counts no tokens; that it cannot be run is said elsewhere. */
async function modelFor(reference: string, { sources, progress }: RequestContext) {
  if (last?.reference === reference) return last.model;
  progress("Reading the tokenizer");
  try {
    last = { reference, model: await inspectModel(await sources.model(reference)) };
  } catch {
    return undefined;
  }
  return last.model;
}
