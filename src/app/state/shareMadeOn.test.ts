import { expect, test } from "vitest";
import { defaultConfig } from "../../engine/settings/config.ts";
import { noNotes } from "../../engine/settings/reader.ts";
import { fromQuery, LINK_VERSION, toQuery } from "./share.ts";

const now = `v=${LINK_VERSION}`;

test("a link says where its run was made, and one without a run says nothing", () => {
  const notes = { ...noNotes, madeOn: "processor-2" } as const;
  expect(toQuery(defaultConfig, notes)).toMatch(new RegExp(`^${now}&madeOn=processor-2&c=[0-9a-f]{8}$`));
  expect(fromQuery(toQuery(defaultConfig, notes))).toEqual({ kind: "run", config: defaultConfig, notes });
  expect(fromQuery(toQuery(defaultConfig))).toEqual({ kind: "run", config: defaultConfig, notes: noNotes });
});

test("links from before they said it leave it open; a hand that writes one has made no run", () => {
  const open = { ...noNotes, madeOn: "unsaid" };
  for (const query of ["v=1&rank=4", "v=3&method=lora&weightDecay=0.1&c=f046c73e"])
    expect(fromQuery(query)).toMatchObject({ kind: "run", notes: open });
  for (const version of ["v=4", now])
    expect(fromQuery(`${version}&c=hand`)).toEqual({ kind: "run", config: defaultConfig, notes: noNotes });
});

test.each([
  ["v=4&madeOn=software&c=hand", "share-unknown-key", '"madeOn" is no setting of its version.'],
  [`${now}&madeOn=the moon&c=hand`, "share-unknown-value", 'Made on (madeOn) says no place that is known: "the moon".'],
])("%s is damaged, and says so", (query, code, text) => {
  expect(fromQuery(query)).toMatchObject({ kind: "damaged", problems: [{ code, text }] });
});
