import { expect, test } from "vitest";
import { defaultConfig } from "../../engine/settings/config.ts";
import { emptyRecord, type RunRecord } from "./runRecord.ts";
import { besides, drawnRuns, LOOKS, nextRun, runsOf, shelved, tickedWith } from "./runShelf.ts";

type Shelf = Parameters<typeof nextRun>[0];

/** A visit in which so many runs were trained, one after the other. */
function visit(count: number): Shelf {
  let shelf: Shelf = { current: undefined, kept: [], ticked: [] };
  for (let at = 0; at < count; at++) {
    const { current } = shelf;
    const next = emptyRecord({ ...nextRun(shelf), config: defaultConfig });
    shelf = { ...(current ? shelved(current, shelf) : shelf), current: next };
  }
  return shelf;
}

test("every run of a visit is kept, with a number of its own", () => {
  expect(runsOf(visit(7)).map(({ id }) => id)).toEqual([7, 6, 5, 4, 3, 2, 1]);
});

test("the first four runs have four looks; what is drawn together never shares one", () => {
  expect(runsOf(visit(LOOKS)).map(({ look }) => look)).toEqual([3, 2, 1, 0]);
  for (let count = 1; count < 12; count++) {
    const looks = drawnRuns(visit(count)).map(({ look }) => look);
    expect(new Set(looks).size, `${count} runs`).toBe(looks.length);
    expect(looks.length).toBeLessThanOrEqual(LOOKS);
  }
});

test("a look is for life: later runs do not change it", () => {
  const looks = (shelf: Shelf) => new Map(runsOf(shelf).map(({ id, look }) => [id, look]));
  const [early, late] = [looks(visit(5)), looks(visit(9))];
  for (const [id, look] of early) expect(late.get(id)).toBe(look);
});

test("ticking draws a run, instead of one of the same look; another tick takes it away", () => {
  const shelf = visit(6);
  const of = (id: number): RunRecord => runsOf(shelf).find((run) => run.id === id)!;
  const alike = shelf.kept.find((run) => !shelf.ticked.includes(run.id) && run.look !== shelf.current!.look)!;
  const ticked = tickedWith(alike, true, shelf);
  const drawn = drawnRuns({ ...shelf, ticked });
  expect(drawn).toContain(alike);
  expect(new Set(drawn.map(({ look }) => look)).size).toBe(drawn.length);
  expect(besides({ ...shelf, ticked: tickedWith(of(ticked[0]!), false, { ...shelf, ticked }) })).not.toContain(alike);
});
