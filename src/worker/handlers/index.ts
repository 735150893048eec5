import { benchHandlers } from "./bench.ts";
import { dataHandlers } from "./data.ts";
import { exportHandlers } from "./exports.ts";
import type { Handlers } from "./handler.ts";
import { hubHandlers } from "./hub.ts";
import { modelHandlers } from "./models.ts";
import { trustHandlers } from "./trust.ts";

/** Leaving one out is a type error. */
export const handlers: Handlers = {
  ...benchHandlers,
  ...exportHandlers,
  ...hubHandlers,
  ...modelHandlers,
  ...trustHandlers,
  ...dataHandlers,
};
