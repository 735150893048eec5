import { endurance } from "./endurance.mjs";
import { matmul } from "./matmul.mjs";
import { methods } from "./methods.mjs";
import { processor } from "./processor.mjs";
import { projection } from "./projection.mjs";
import { spectra } from "./spectra.mjs";
import { start } from "./start.mjs";
import { step } from "./step.mjs";

/** What can be measured, in the order in which it is. */
export const suites = {
  start: { run: start, withPeers: false },
  matmul: { run: matmul, withPeers: true },
  step: { run: step, withPeers: true },
  methods: { run: methods, withPeers: false },
  projection: { run: projection, withPeers: false },
  spectra: { run: spectra, withPeers: false },
  endurance: { run: endurance, withPeers: false },
  processor: { run: processor, withPeers: false },
};
