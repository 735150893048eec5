/** Settings that may change while a run trains: nothing is compiled for them. */
export const changeable = ["learningRate", "evaluateEvery", "spectrumEvery"] as const;

export type Changeable = (typeof changeable)[number];

/** A setting that changed while a run trained. */
export interface Change {
  /** Steps that were taken before it; it holds from the next on. */
  readonly step: number;
  readonly name: Changeable;
  readonly value: number;
}

const ONE = `[1-9]\\d{0,5}:(${changeable.join("|")})=\\d[-+.e\\d]*`;

/** As settings, links and files have them: `40:learningRate=0.0005,60:spectrumEvery=10`. */
export const CHANGES_PATTERN = new RegExp(`^$|^${ONE}(,${ONE})*$`);

/** The changes of a text that fits `CHANGES_PATTERN`, in its order. */
export function changesIn(text: string): Change[] {
  if (text === "") return [];
  return text.split(",").map((each) => {
    const [step, name, value] = each.split(/[:=]/) as [string, Changeable, string];
    return { step: Number(step), name, value: Number(value) };
  });
}

/** A setting as it is at a step. @param step counted from 0. */
export function settingAt<K extends Changeable>(
  settings: { readonly [name in K]: number } & { readonly changes?: string },
  name: K,
  step: number,
): number {
  const { changes = "" } = settings;
  const last = changesIn(changes).findLast((change) => change.name === name && change.step <= step);
  return last?.value ?? settings[name];
}

/**
 * Changes with another one, which takes the place of an earlier one of the same setting at the same step, and of any that
 * come later.
 */
export function withChange(text: string, change: Change): string {
  const before = changesIn(text).filter(
    ({ step, name }) => step <= change.step && !(step === change.step && name === change.name),
  );
  return written([...before, change]);
}

/** What keeps changes from being made, as the end of a sentence; nothing where they can be. */
export function problemOfChanges(
  text: string,
  steps: number,
  isValid: (name: Changeable, value: string) => boolean,
): string | undefined {
  let last = 0;
  for (const each of text === "" ? [] : text.split(",")) {
    const [step, name, value] = each.split(/[:=]/) as [string, Changeable, string];
    if (!isValid(name, value)) return `${each} sets ${name} to what it cannot be`;
    if (Number(step) < last) return `${each} stands after a later step; write changes in the order of their steps`;
    if (Number(step) >= steps) return `${each} comes after the last of ${steps} steps`;
    last = Number(step);
  }
  return undefined;
}

function written(changes: readonly Change[]): string {
  return changes.map(({ step, name, value }) => `${step}:${name}=${value}`).join(",");
}
