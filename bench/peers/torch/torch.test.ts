import { expect, test } from "vitest";
import { openTorch } from "./torch.ts";

test.each([
  ["that is not there", "no-such-python", /^no-such-python: .*ENOENT/],
  ["that ends at once", "true", /^true: it ended$/],
])("a Python %s is named with the reason", async (_, python, says) => {
  await expect(openTorch(python, 1)).rejects.toThrow(says);
});
