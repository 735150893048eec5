import { inspectModel } from "../engine/model/loadModel.ts";
import { chooseColumns, ownTask } from "../engine/tasks/own/examples.ts";
import { readTable } from "../engine/tasks/own/table.ts";
import { inspectData } from "../engine/train/inspectData.ts";
import type { DataFile } from "../engine/train/sources.ts";
import type { AnswerContext, Answers } from "./answers.ts";
import { offeredFiles } from "./offers.ts";
import type { NamedFile } from "./requests.ts";

/** The tokenizer that was last counted with; every change of a column asks for it again. */
let last: { readonly reference: string; readonly model: Awaited<ReturnType<typeof inspectModel>> } | undefined;

/** What is asked about data that the visitor has. */
export const dataAnswers: Pick<Answers, "inspectData" | "openData"> = {
  async inspectData({ file, asked, decided, config }, context) {
    const { progress: report, signal } = context;
    const data = await dataOf(file);
    const model = await modelFor(config.model, context);
    return inspectData(data, { asked, decided, config, model, report, signal });
  },

  async openData({ file, reference, settings }, { offers, progress }) {
    progress("Checking the rows");
    const data = await dataOf(file);
    // What a run would refuse is refused now.
    ownTask(
      chooseColumns(await readTable(data.content, data.name, settings), settings, data.name),
      settings,
      data.name,
    );
    offers.set(reference, [file]);
    return { reference, settings };
  },
};

async function dataOf(file: NamedFile): Promise<DataFile> {
  return { name: file.name, content: new Uint8Array(await offeredFiles([file]).read(file.name)) };
}

/** A model that is not at hand, or cannot be read, counts no tokens; that it cannot be run is said elsewhere. */
async function modelFor(reference: string, { sources, progress }: AnswerContext) {
  if (last?.reference === reference) return last.model;
  progress("Reading the tokenizer");
  try {
    last = { reference, model: await inspectModel(await sources.model(reference)) };
  } catch {
    return undefined;
  }
  return last.model;
}
