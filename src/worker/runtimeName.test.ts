import { expect, test } from "vitest";
import { runtimeName } from "./runtimeName.ts";

const signed = (userAgent: string) => `Mozilla/5.0 (X11; Linux x86_64) ${userAgent}`;

test.each([
  ["AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36", "Chrome 141.0.0.0"],
  ["AppleWebKit/537.36 (KHTML, like Gecko) Chrome/141.0.0.0 Safari/537.36 Edg/141.0.3537.57", "Edge 141.0.3537.57"],
  ["AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605.1.15", "Safari 26.0"],
  ["Gecko/20100101 Firefox/144.0", "Firefox 144.0"],
])("a browser without brands is known by its user agent: %s", async (userAgent, expected) => {
  expect(await runtimeName({ userAgent: signed(userAgent) })).toBe(expected);
});

test.each([
  [["Google Chrome", "Chromium", "Not?A_Brand"], "Google Chrome 1.2.3"],
  [["Not=A?Brand", "Chromium"], "Chromium 1.2.3"],
  [["Not)A;Brand"], "Firefox 144.0"],
])("of the brands %j the one that says most is taken", async (brands, expected) => {
  const fullVersionList = brands.map((brand) => ({ brand, version: "1.2.3" }));
  const userAgentData = { getHighEntropyValues: async () => ({ fullVersionList }) };
  expect(await runtimeName({ userAgent: signed("Gecko/20100101 Firefox/144.0"), userAgentData })).toBe(expected);
});

test("a stranger is called what it calls itself", async () => {
  expect(await runtimeName({ userAgent: "Ladybird" })).toBe("Ladybird");
});
