import { choice, type FieldValue } from "../../field.ts";
import { fieldsOf, optionsOf } from "../method.ts";
import type { ChosenSchedule, RankSchedule } from "./rankSchedule.ts";
import { relora } from "./relora.ts";

/** Every rank schedule, by the name that settings, links and files use. */
export const rankSchedules = { relora } as const satisfies Record<string, RankSchedule>;

/** The choice of a schedule, and the settings of all of them. */
export const rankFields = {
  rankSchedule: {
    ...choice(
      "Rank schedule",
      "none",
      { none: "Fixed", ...optionsOf(rankSchedules) },
      "Whether updates keep their rank, or what changes it while the run goes on.",
    ),
    since: 6,
    isMinor: true,
  },
  ...fieldsOf(rankSchedules),
} as const;

export type RankSettings = { readonly [K in keyof typeof rankFields]: FieldValue<(typeof rankFields)[K]> };

/** What changes the rank of a run's updates; nothing where it is fixed. */
export function scheduleOf(settings: RankSettings & { readonly steps: number }): ChosenSchedule | undefined {
  const { rankSchedule: name, steps } = settings;
  if (!Object.hasOwn(rankSchedules, name)) return undefined;
  const schedule: RankSchedule = rankSchedules[name as keyof typeof rankSchedules];
  return { schedule, settings, steps };
}

/** How often a schedule has acted after so many steps. */
export function timesBy(step: number, { schedule, settings, steps }: ChosenSchedule): number {
  const every = schedule.every(settings);
  return Math.min(Math.floor(step / every), Math.ceil(steps / every) - 1);
}

/** Whether a schedule acts after a step, counted from 0. */
export function isDue(step: number, chosen: ChosenSchedule): boolean {
  return timesBy(step + 1, chosen) > timesBy(step, chosen);
}
