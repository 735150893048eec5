import { expect, test } from "vitest";
import { getReady } from "./ready.ts";

const tabs = ["Engine", "Peer", "Other"].map((label) => ({ label }));
const failing = (name: string) => async (tab: { label: string }) => {
  if (tab.label === name) throw new Error("has no WebGPU\n  at somewhere");
  return tab.label.length;
};

test("a peer that fails is left out with its reason", async () => {
  const { ready, leftOut } = await getReady(tabs, failing("Peer"));
  expect(ready).toEqual([
    { tab: { label: "Engine" }, prepared: 6 },
    { tab: { label: "Other" }, prepared: 5 },
  ]);
  expect(leftOut).toEqual(["Peer is left out: has no WebGPU"]);
});

test("without the engine there is nothing to compare", async () => {
  await expect(getReady(tabs, failing("Engine"))).rejects.toThrow("has no WebGPU");
});
