import { profile } from "../../engine/bench/profile.ts";
import { benchRows } from "../../engine/bench/rows.ts";
import { version } from "../../engine/version.ts";
import { runtimeName } from "../runtimeName.ts";
import type { Handlers } from "./handler.ts";

/** What is asked about how fast the device of this tab is. */
export const benchHandlers: Pick<Handlers, "benchDevice" | "profileStep"> = {
  benchDevice({ all }, { trainer, sources, progress, signal }) {
    return trainer.borrow(async (device) => ({
      rows: await benchRows(device, sources, { all, signal, report: progress }),
      adapter: device.description,
      rankscope: version,
      when: new Date().toISOString(),
      runtime: await runtimeName(navigator),
    }));
  },

  profileStep({ what }, { trainer, sources, progress, signal }) {
    return trainer.borrow((device) => profile(device, what, sources, { signal, report: progress }));
  },
};
