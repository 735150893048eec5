// Contestants take turns, so that whatever else the machine does falls on all of them.
import type { Timed } from "./browser.ts";
import { type Comparison, compare, median } from "./statistics.ts";

/** From this many milliseconds on, a sample is long: its contestant sits out all but the first rounds. */
const LONG = 4000;
const ROUNDS_OF_LONG = 3;

/** Milliseconds of a unit, and how many units ran. */
export interface Sample {
  readonly ms: number;
  readonly units: number;
  /** Processor time of one, of a process that is none of the browser's. */
  readonly cpuMs?: number;
}

/** Something that takes a turn. */
export interface Player {
  readonly sample: () => Promise<Sample>;
}

interface Turn {
  readonly ms: number;
  readonly cpuMs: number;
  readonly isLong: boolean;
}

/** Turns by round, nothing where one was sat out; of the base those of its first and of its second turn. */
export interface Turns {
  readonly base: readonly [first: readonly Turn[], second: readonly Turn[]];
  readonly others: readonly (readonly (Turn | undefined)[])[];
}

/**
 * @param contestants the first is the base of all comparisons and runs twice a round.
 * @param timed measures processor time around a sample.
 */
export async function takeTurns(
  contestants: readonly Player[],
  rounds: number,
  timed: (run: () => Promise<Sample>) => Promise<Timed<Sample>>,
): Promise<Turns> {
  const base = contestants[0]!;
  const seats = [...contestants, base].map((contestant) => ({ contestant, turns: [] as (Turn | undefined)[] }));
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < seats.length; turn++) {
      const { contestant, turns } = seats[(turn + round) % seats.length]!;
      const last = turns.findLast((each) => each);
      if (last?.isLong && round >= ROUNDS_OF_LONG && contestant !== base) {
        turns.push(undefined);
        continue;
      }
      const { value, cpuMs, wallMs } = await timed(() => contestant.sample());
      turns.push({ ms: value.ms, cpuMs: value.cpuMs ?? cpuMs / value.units, isLong: wallMs > LONG });
    }
  }
  const [first = [], ...others] = seats.map(({ turns }) => turns);
  const second = others.pop() ?? [];
  return { base: [first.flatMap((turn) => turn ?? []), second.flatMap((turn) => turn ?? [])], others };
}

/** The comparisons of everybody with the base. */
export function compareAll({ base: [first, second], others }: Turns): { wall: Comparison; cpu: Comparison }[] {
  const by = (key: "ms" | "cpuMs", turns: Turns["others"][number]) =>
    compare(first.map((turn, round) => ({ base: [turn[key], second[round]![key]], other: turns[round]?.[key] })));
  return others.map((turns) => ({ wall: by("ms", turns), cpu: by("cpuMs", turns) }));
}

/** Median milliseconds of everybody, the base first. */
export function medians({ base, others }: Turns): number[] {
  return [base.flat(), ...others].map((turns) => median(turns.flatMap((turn) => turn?.ms ?? [])));
}
