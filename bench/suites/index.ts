import type { Suite } from "../harness/lab.ts";
import type { SuiteName } from "../harness/options.ts";
import { endurance } from "./endurance.ts";
import { matmul } from "./matmul.ts";
import { methods } from "./methods.ts";
import { page } from "./page.ts";
import { processor } from "./processor.ts";
import { projection } from "./projection.ts";
import { spectra } from "./spectra.ts";
import { start } from "./start.ts";
import { step } from "./step.ts";

/** What can be measured, in the order in which it is. */
export const suites: Readonly<Record<SuiteName, { readonly run: Suite; readonly withPeers: boolean }>> = {
  start: { run: start, withPeers: false },
  matmul: { run: matmul, withPeers: true },
  step: { run: step, withPeers: true },
  methods: { run: methods, withPeers: false },
  projection: { run: projection, withPeers: false },
  spectra: { run: spectra, withPeers: false },
  endurance: { run: endurance, withPeers: false },
  processor: { run: processor, withPeers: false },
  page: { run: page, withPeers: false },
};
