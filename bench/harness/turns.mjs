// Contestants take turns, so that whatever else the machine does falls on all of them.
import { compare, median } from "./statistics.mjs";

/** From this many milliseconds on, a sample is long: its contestant sits out all but the first rounds. */
const LONG = 4000;
const ROUNDS_OF_LONG = 3;

/**
 * @param contestants [{ name, sample() }]; the first is the base of all comparisons and runs twice a round. `sample`
 *   resolves to milliseconds per unit, and how many units it ran: { ms, units }.
 * @param timed measures processor time around a sample.
 * @returns by name: samples [{ ms, cpuMs }] by round, undefined where sat out; two lists for the base.
 */
export async function takeTurns(contestants, rounds, timed) {
  const [base, ...others] = contestants;
  const seats = [base, ...others, base].map((contestant) => ({ contestant, samples: [] }));
  for (let round = 0; round < rounds; round++) {
    for (let turn = 0; turn < seats.length; turn++) {
      const { contestant, samples } = seats[(turn + round) % seats.length];
      const last = samples.findLast((each) => each);
      if (last?.isLong && round >= ROUNDS_OF_LONG && contestant !== base) {
        samples.push(undefined);
        continue;
      }
      const { value, cpuMs, wallMs } = await timed(() => contestant.sample());
      samples.push({ ms: value.ms, cpuMs: cpuMs / value.units, isLong: wallMs > LONG });
    }
  }
  return { base: [seats[0].samples, seats.at(-1).samples], others: seats.slice(1, -1).map(({ samples }) => samples) };
}

/**
 * The comparisons of everybody with the base, by the wall clock and by processor time.
 *
 * @param {Awaited<ReturnType<typeof takeTurns>>} turns
 */
export function compareAll({ base: [first, second], others }) {
  const by = (key) => (samples) =>
    compare(first.map((sample, round) => ({ base: [sample[key], second[round][key]], other: samples[round]?.[key] })));
  return others.map((samples) => ({ wall: by("ms")(samples), cpu: by("cpuMs")(samples) }));
}

/** Median milliseconds of everybody, the base first. */
export function medians({ base, others }) {
  return [base.flat(), ...others].map((samples) => median(samples.filter(Boolean).map(({ ms }) => ms)));
}
