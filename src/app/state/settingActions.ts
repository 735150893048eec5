import { type FieldName, type RunConfig, suitedLearningRate, usualValue } from "../../engine/settings/config.ts";
import { type ExperimentNotes, noNotes } from "../../engine/settings/reader.ts";
import { PRESENTING, useLab } from "./labStore.ts";
import { writeStored } from "./useStored.ts";

const set = useLab.setState;
const get = useLab.getState;

/** Settings, notes and how they are shown. */
export const settingActions = {
  /** Changes settings; a method or an optimizer brings the learning rate that suits it, unless another was typed. */
  configure(change: Partial<RunConfig>): void {
    const { config, isRateChosen, notes } = get();
    const { method, optimizer, learningRate } = change;
    const bringsRate = method !== undefined || optimizer !== undefined;
    const suited = bringsRate && !isRateChosen && { learningRate: suitedLearningRate({ ...config, ...change }) };
    const { madeOn: _, ...said } = notes;
    set({
      config: { ...config, ...suited, ...change },
      // No run of these settings was made yet.
      notes: said,
      isRateChosen: isRateChosen || learningRate !== undefined,
    });
  },

  /** Sets a setting back to what is usual beside the others. */
  restore(name: FieldName): void {
    settingActions.configure({ [name]: usualValue(name, get().config) });
    if (name === "learningRate") set({ isRateChosen: false });
  },

  /** Replaces all settings and notes, as a preset or a link does. */
  open(config: RunConfig, notes: ExperimentNotes = noNotes): void {
    set({ config, notes, isRateChosen: false });
  },

  annotate(change: Partial<ExperimentNotes>): void {
    set({ notes: { ...get().notes, ...change } });
  },

  newSeed(): void {
    settingActions.configure({ seed: Math.floor(Math.random() * 1_000_000) });
  },

  /** Says whether what is written in a setting's field can be read; nothing starts while it cannot. */
  mark(name: FieldName, isReadable: boolean): void {
    const others = get().unreadable.filter((each) => each !== name);
    if (isReadable !== (others.length === get().unreadable.length)) {
      set({ unreadable: isReadable ? others : [...others, name] });
    }
  },

  /** Shows a layer, or the one that collapses most. */
  showLayer(layer: number | undefined): void {
    set({ layer });
  },

  present(isPresenting: boolean): void {
    set({ isPresenting });
    writeStored(PRESENTING, isPresenting);
  },

  /** Says whether there is nothing but the processor to train on, before a worker has found out. */
  knowProcessor(isOnProcessor: boolean): void {
    set({ isOnProcessor });
  },
};
