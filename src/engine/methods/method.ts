import type { Field } from "../field.ts";

/** Labels of a family's entries by their names, as a choice offers them. */
export function optionsOf<T extends Readonly<Record<string, Pick<Described, "label">>>>(
  family: T,
): Readonly<Record<keyof T & string, string>> {
  const labels = Object.entries(family).map(([name, { label }]) => [name, label]);
  return Object.fromEntries(labels) as Record<keyof T & string, string>;
}

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

/** The fields of all entries of a family in one. */
type FieldsOf<T> = {
  [K in keyof T]: T[K] extends { readonly fields: infer F } ? (fields: F) => void : never;
}[keyof T] extends (fields: infer All) => void
  ? All
  : never;

/** The settings of a family's entries in one table; one name is one field. */
export function fieldsOf<T extends Readonly<Record<string, Pick<Described, "fields">>>>(family: T): FieldsOf<T> {
  return Object.assign({}, ...Object.values(family).map(({ fields }) => fields)) as FieldsOf<T>;
}
