import { describe, expect, test } from "vitest";
import { isOrigin, originOf, whyNotRepeated } from "./origin.ts";

const here = originOf("cpu");

describe("where a run was made", () => {
  test.each(["hardware", "software", "unsaid", here, "processor-1"])("%s can be read", (text) =>
    expect(isOrigin(text)).toBe(true),
  );
  test.each(["", "processor", "processor-0", "processor-2 ", "gpu", "toString"])("%j is refused", (text) =>
    expect(isOrigin(text)).toBe(false),
  );

  test("decides whether its losses can repeat, and the sentence says both places", () => {
    for (const place of [here, "hardware", "software"] as const) {
      expect(whyNotRepeated(place, place)).toBeUndefined();
      expect(whyNotRepeated(undefined, place)).toBeUndefined();
    }
    expect(whyNotRepeated("software", here)).toBe(
      "This run was made on a software GPU. Here, on a processor, its losses cannot repeat to the bit.",
    );
    expect(whyNotRepeated(here, "hardware")).toBe(
      "This run was made on a processor. Here, on a graphics card, its losses cannot repeat to the bit.",
    );
    expect(whyNotRepeated("processor-1", here)).toContain("on a processor of arithmetic 1.");
    expect(whyNotRepeated("unsaid", here)).toContain("from before links said where");
    expect(whyNotRepeated("unsaid", "software")).toBeUndefined();
  });
});
