import type { Field, FieldValue } from "../field.ts";

/** The settings of one entry of a family, by their names in links and files. */
export type Fields = Readonly<Record<string, Field>>;

/** The values of settings. */
export type SettingsOf<F extends Fields> = { readonly [K in keyof F]: FieldValue<F[K]> };

/** What is wrong with a setting beside the others. */
export interface MethodProblem {
  readonly field: string;
  readonly problem: string;
}

/**
 * What every entry of every family says of itself: adapters, initialisers, optimizers, projectors, rank schedules, diagnostics, problems.
 * The form, links, experiment files, cards, the Python program and tests read only this.
 */
export interface Described<F extends Fields = Fields> {
  readonly label: string;
  /** Authors, year and place: "Hu et al. 2022, arXiv:2106.09685". */
  readonly source: string;
  /** What it does, in symbols. */
  readonly equation?: string;
  /** Its own settings: they are shown, and sent in links, only where it is chosen. One name means one field in all entries. */
  readonly fields: F;
}

/** A way to fine-tune: updates of chosen weights, or what they are compared with. */
export interface Method<F extends Fields = Fields> extends Described<F> {
  readonly equation: string;
  /** Heading under which it is listed, with others that say the same. */
  readonly group: string;
  /** What suits it on the Start preset; a change of method brings it along. */
  readonly learningRate: number;
  readonly trains: Trains;
  /** Tags on the model card. */
  readonly tags?: readonly string[];
  /** What is wrong with its settings together; ranges are looked at elsewhere. */
  problems?(settings: SettingsOf<F>): readonly MethodProblem[];
}

/** What trains: updates beside frozen weights, the weights themselves, or nothing but the task's output layer. */
export type Trains = "updates" | "weights" | "head";

/** Every field that any of these entries has; none where there is no entry. */
export type FieldsOf<T> = Intersection<
  { [K in keyof T]: T[K] extends { readonly fields: infer F } ? F : never }[keyof T]
> &
  Record<never, never>;

type Intersection<U> = (U extends unknown ? (each: U) => void : never) extends (all: infer I) => void ? I : never;

/** Every field that any of these entries has, in the order in which they first come up. */
export function fieldsOf<T extends Readonly<Record<string, Pick<Described, "fields">>>>(family: T): FieldsOf<T> {
  return Object.assign({}, ...Object.values(family).map(({ fields }) => fields)) as FieldsOf<T>;
}

/** The settings of a family's entries, each of which means something where the setting `choice` names an entry with it. */
export function fieldsWhereChosen<T extends Readonly<Record<string, Pick<Described, "fields">>>>(
  family: T,
  choice: string,
): FieldsOf<T> {
  const bound = Object.entries<Field>(fieldsOf(family) as Fields).map(([name, field]) => {
    const appliesIf = (settings: Readonly<Record<string, unknown>>) =>
      Object.entries(family).some(([entry, { fields }]) => entry === settings[choice] && Object.hasOwn(fields, name));
    return [name, { ...field, appliesIf, isMinor: true }];
  });
  return Object.fromEntries(bound) as FieldsOf<T>;
}

/** An entry's own settings out of many. */
export function settingsOf<F extends Fields>(
  { fields }: Described<F>,
  all: Readonly<Record<string, unknown>>,
): SettingsOf<F> {
  return Object.fromEntries(Object.keys(fields).map((name) => [name, all[name]])) as SettingsOf<F>;
}

/** Labels of a family's entries by their names, as a choice offers them. */
export function optionsOf<T extends Readonly<Record<string, Pick<Described, "label">>>>(
  family: T,
): Readonly<Record<keyof T & string, string>> {
  const labels = Object.entries(family).map(([name, { label }]) => [name, label]);
  return Object.fromEntries(labels) as Record<keyof T & string, string>;
}
