import { fileActions } from "./fileActions.ts";
import { runActions } from "./runActions.ts";
import { settingActions } from "./settingActions.ts";

export { useLab } from "./labStore.ts";

/** Everything that the page does to the lab. */
export const lab = { ...settingActions, ...runActions, ...fileActions };
