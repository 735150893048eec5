import type { Field } from "../field.ts";

/** The settings of one entry of a family, by their names in links and files. */
export type Fields = Readonly<Record<string, Field>>;

/**
 * What every entry of every family says of itself: adapters, optimizers, projectors, rank schedules, diagnostics, problems.
 * The form, links, experiment files, cards, the Python program and tests read only this.
 */
export interface Described {
  readonly label: string;
  /** Authors, year and place: "Hu et al. 2022, arXiv:2106.09685". */
  readonly source: string;
  /** What it does, in symbols. */
  readonly equation?: string;
  /** Its own settings: they are shown, and sent in links, only where it is chosen. One name means one field in all entries. */
  readonly fields: Fields;
}
