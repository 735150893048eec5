import { chosenIn, type FittedSetting, settle } from "../../engine/data/settle.ts";
import type { ModelSummary } from "../../engine/model/modelSummary.ts";
import { readExperiment } from "../../engine/settings/experiment.ts";
import type { NamedFile, OpenedAdapter, OpenedData, Progress } from "../../worker/rpc.ts";
import { useLab } from "./labStore.ts";
import { client } from "./runEvents.ts";
import { settingActions } from "./settingActions.ts";

const set = useLab.setState;
const get = useLab.getState;

/** Models, data and adapters from files. */
export const fileActions = {
  /**
   * Checks the files of a checkpoint and makes it the model of the next run.
   *
   * @returns what nobody chose and was fitted to it.
   * @throws Failure, as plain data.
   */
  async openModel(
    name: string,
    files: readonly NamedFile[],
    options: { readonly progress?: Progress; readonly signal?: AbortSignal } = {},
  ): Promise<readonly FittedSetting[]> {
    const { config, models } = get();
    const wanted = models[config.model] ? {} : { wanted: config.model };
    const opened = await client.ask("openModel", { name, files, ...wanted }, options);
    client.keep(opened.kept, files);
    fileActions.know(opened.reference, opened.facts);
    return fileActions.takeModel(opened.reference);
  },

  /** Makes the model of the run on screen, with its update in the weights, that of the next run. @throws Failure. */
  async openMerged(): Promise<void> {
    const { name, files } = await client.ask("mergedModel", {});
    await fileActions.openModel(name, files);
  },

  /** Makes a model that is known that of the next run. @returns what nobody chose and was fitted to it. */
  takeModel(model: string): readonly FittedSetting[] {
    const { config, models } = get();
    const settled = settle({ config: { ...config, model }, chosen: chosenIn(config) }, { models });
    set({ config: settled.config });
    return settled.fitted;
  },

  /** Checks a data file and makes it the task of the next run, with what is fitted to it. @throws Failure, as plain data. */
  async openData(
    file: NamedFile,
    { reference, settings, fitted }: OpenedData & { readonly fitted: readonly FittedSetting[] },
    progress?: Progress,
  ): Promise<void> {
    await client.ask("openData", { file, reference, settings }, progress && { progress });
    client.keep(reference, [file]);
    set({ data: new Set([...get().data, reference]) });
    const others = Object.fromEntries(fitted.map(({ field, to }) => [field, to]));
    settingActions.configure({ ...settings, task: "custom", data: reference, ...others });
  },

  /** Takes up what settings have to know of a model that the worker can open. */
  know(reference: string, facts: ModelSummary): void {
    set({ models: { ...get().models, [reference]: facts } });
  },

  /** The worker can no longer open a model. */
  forget(reference: string): void {
    const { [reference]: _, ...models } = get().models;
    set({ models });
  },

  /** Reads an exported adapter and makes its settings those of the next run. @throws Failure, as plain data. */
  async openAdapter(files: readonly NamedFile[]): Promise<OpenedAdapter> {
    const opened = await client.ask("importAdapter", { files, config: get().config });
    if (opened.model) fileActions.know(opened.model.reference, opened.model.facts);
    settingActions.open(opened.config, opened.notes);
    set({ opened });
    return opened;
  },

  /** Makes the settings, title and note of an experiment file those of the next run. @throws ExperimentError. */
  async openExperiment({ name, content }: NamedFile): Promise<void> {
    const { config, notes } = await readExperiment(await content.text(), name, "alone");
    settingActions.open(config, notes);
  },

  /** Lets the next run begin at its beginning. */
  closeAdapter(): void {
    set({ opened: undefined });
  },
};
