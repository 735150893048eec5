import { useMemo } from "react";
import { useShallow } from "zustand/react/shallow";
import type { SettingProblem } from "../../engine/settings/problems.ts";
import { obstaclesOf } from "./labState.ts";
import { useLab } from "./labStore.ts";

/** What keeps the settings from being run; worked out anew where settings, models or data change, not at every step. */
export function useObstacles(): readonly SettingProblem[] {
  const given = useLab(
    useShallow(({ config, models, data, unreadable, isOnProcessor }) => ({
      config,
      models,
      data,
      unreadable,
      isOnProcessor,
    })),
  );
  return useMemo(() => obstaclesOf(given), [given]);
}
