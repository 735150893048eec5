interface Shared {
  /** Whether it means anything beside the settings of its own entry; it does if not given. */
  readonly appliesIf?: (settings: Readonly<Record<string, unknown>>) => boolean;
  /** Set where most runs leave it alone, so that forms have it in a second row. */
  readonly isMinor?: true;
  /** The version of experiments that brought it; in older ones it had its default. 1 if not given. */
  readonly since?: number;
}

/** A setting that is one of a few named values. */
export interface ChoiceField<T extends string> extends Shared {
  readonly kind: "choice";
  readonly label: string;
  readonly help: string;
  readonly initial: T;
  readonly options: Readonly<Record<T, string>>;
  /** Set where other values may come up that cannot be listed beforehand. */
  readonly others?: { readonly pattern: RegExp; readonly expects: string };
}

/** A setting that is a number in a range; the range is part of what the form says. */
export interface NumberField extends Shared {
  readonly kind: "number";
  readonly label: string;
  readonly help: string;
  readonly initial: number;
  readonly min: number;
  readonly max: number;
  readonly whole: boolean;
}

/** A setting that is written as text and checked by a pattern. */
export interface TextField extends Shared {
  readonly kind: "text";
  readonly label: string;
  readonly help: string;
  readonly initial: string;
  readonly pattern: RegExp;
  /** What the pattern asks for, in words. */
  readonly expects: string;
}

export type Field = ChoiceField<string> | NumberField | TextField;

export type FieldValue<F extends Field> = F extends ChoiceField<infer T> ? T : F extends NumberField ? number : string;

export function choice<const T extends string>(
  label: string,
  initial: NoInfer<T>,
  options: Readonly<Record<T, string>>,
  help: string,
): ChoiceField<T>;
export function choice<const T extends string>(
  label: string,
  initial: NoInfer<T>,
  options: Readonly<Record<T, string>>,
  help: string,
  others: { readonly pattern: RegExp; readonly expects: string },
): ChoiceField<string>;
export function choice(
  label: string,
  initial: string,
  options: Readonly<Record<string, string>>,
  help: string,
  others?: { readonly pattern: RegExp; readonly expects: string },
): ChoiceField<string> {
  return { kind: "choice", label, help, initial, options, ...(others && { others }) };
}

export function number(
  label: string,
  initial: number,
  range: { min: number; max: number; whole?: boolean },
  help: string,
): NumberField {
  return { kind: "number", label, help, initial, min: range.min, max: range.max, whole: range.whole ?? false };
}

export function text(label: string, initial: string, pattern: RegExp, expects: string, help: string): TextField {
  return { kind: "text", label, help, initial, pattern, expects };
}

/** A field that came with a version of experiments later than the first. */
export function since<F extends Field>(version: number, field: F): F {
  return { ...field, since: version };
}

/** What a field accepts, as the end of the sentence "rank must be …". */
export function expectation(field: Field): string {
  if (field.kind === "choice") {
    return `one of ${Object.keys(field.options).join(", ")}${field.others ? `, or ${field.others.expects}` : ""}`;
  }
  if (field.kind === "text") return field.expects;
  return `a ${field.whole ? "whole number" : "number"} from ${field.min} to ${field.max}`;
}

/** @returns the value that `written` stands for, or `undefined` when the field does not accept it. */
export function parseField(field: Field, written: string): string | number | undefined {
  if (field.kind === "choice") {
    return Object.hasOwn(field.options, written) || field.others?.pattern.test(written) ? written : undefined;
  }
  if (field.kind === "text") return field.pattern.test(written) ? written : undefined;
  // A decimal comma is what half the world types; anything else that Number tolerates (hex, blanks) is a mistake.
  const decimal = written.trim().replace(",", ".");
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(decimal)) return undefined;
  const value = Number(decimal);
  const accepted = value >= field.min && value <= field.max && (!field.whole || Number.isInteger(value));
  return accepted ? value : undefined;
}
