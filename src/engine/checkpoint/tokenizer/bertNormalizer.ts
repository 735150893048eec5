import { blank, ideograph, lowerCase, plain } from "./characters.ts";
import type { Part } from "./part.ts";
import { classOf, withoutAccents } from "./unicode.ts";
import { controls } from "./unicodeTables.ts";

const allControls = new RegExp(`[${classOf(controls)}]`, "gu");
const blanks = new RegExp(`[${blank}]`, "gu");
const ideographs = new RegExp(`[${ideograph}]`, "gu");

/** What BERT does to texts (Devlin et al., 2019): no controls, ideographs apart, and maybe neither case nor accents. */
export function bertNormalizer(part: Part): (text: string) => string {
  const cleans = part.flag("clean_text", true);
  const apart = part.flag("handle_chinese_chars", true);
  const lower = part.flag("lowercase", true);
  // Absent, accents go with the case.
  const strips = part.flag("strip_accents", lower);
  return (text) => {
    if (plain.test(text)) return lower ? text.toLowerCase() : text;
    let normal = text;
    if (cleans) normal = normal.replace(allControls, "").replace(blanks, " ");
    if (apart) normal = normal.replace(ideographs, " $& ");
    if (strips) normal = withoutAccents(normal);
    return lower ? lowerCase(normal) : normal;
  };
}
