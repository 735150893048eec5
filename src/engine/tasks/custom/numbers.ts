/** How decimals are written: 4.5 or 4,5. */
export type Decimal = "point" | "comma";

/** A plain decimal number that float32 holds. */
export function numberOf(written: string): number | undefined {
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/i.test(written)) return undefined;
  const value = Number(written);
  return Number.isFinite(Math.fround(value)) ? value : undefined;
}

const grouped: Readonly<Record<Decimal, RegExp>> = {
  point: /^[+-]?[1-9]\d{0,2}(,\d{3})+(\.\d+)?$/,
  comma: /^[+-]?[1-9]\d{0,2}(\.\d{3})+(,\d+)?$/,
};

/** A number as people and spreadsheets write it: with a point or a comma, thousands in groups, a real minus sign, a currency or per cent. */
export function numberIn(written: string, decimal: Decimal): number | undefined {
  const plain = written.replace(/^−/, "-").replace(/^[$€£¥] ?(?=[\d.])|(?<=\d) ?[%$€£¥]$/g, "");
  const [group, point] = decimal === "point" ? [",", "."] : [".", ","];
  if (grouped[decimal].test(plain)) return numberOf(plain.replaceAll(group, "").replace(point, "."));
  if (decimal === "point") return numberOf(plain);
  return plain.includes(".") ? undefined : numberOf(plain.replace(",", "."));
}

/** What stands where a number or a class is not known, whatever the others are. */
const MISSING = /^(nan|<na>|#n\/a|#na|-nan|#div\/0!|#value!|#null!|\?\?+)$/i;
/** What stands there among numbers, and might be the name of a class among words. */
const MISSING_AMONG_NUMBERS = /^(na|n\/a|n\.a\.|null|none|nil|unknown|missing|-+|–|—|\?|\.|[+-]?inf(inity)?)$/i;

/** Whether a cell says that there is nothing. @param amongNumbers whether the others are numbers. */
export function isMissing(written: string, amongNumbers: boolean): boolean {
  return written === "" || MISSING.test(written) || (amongNumbers && MISSING_AMONG_NUMBERS.test(written));
}

/** Whether a cell may mean that there is nothing, though it could be the name of a class. */
export function mayBeMissing(written: string): boolean {
  return MISSING_AMONG_NUMBERS.test(written);
}
