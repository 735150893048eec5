const marks = /\p{M}/gu;

/** A form of Unicode's normalisation. */
export function normalForm(form: "NFC" | "NFD" | "NFKC" | "NFKD"): (text: string) => string {
  return (text) => text.normalize(form);
}

/** A text without its marks; letters that have theirs within stay as they are. */
export function withoutMarks(text: string): string {
  return text.replace(marks, "");
}

const nonSpacing = /\p{Mn}/gu;

/** A text whose letters have lost their accents. */
export function withoutAccents(text: string): string {
  return text.normalize("NFD").replace(nonSpacing, "");
}
