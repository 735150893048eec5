import path from "node:path";
import { CallError, readFlags, whereTyped } from "../commandLine.ts";
import { givenData, givenExperiment, givenModel, givenTuning, meantAs } from "./given.ts";

/** Each has its line in the help (run.ts). */
export const flags = {
  steps: "N",
  model: "DIR",
  data: "FILE",
  adapter: "FILE",
  out: "DIR",
  overwrite: "",
  merged: "",
  onnx: "",
  check: "",
  tune: "",
  tuning: "FILE",
  cpu: "",
  gpu: "",
} as const;

/** What a call asks for, with absolute paths. */
export type Call = ReturnType<typeof readCall>;

/** @throws UsageError. */
export function readCall() {
  const { values, positionals } = readFlags(flags);
  const folder = whereTyped("headless");
  const [experiment, ...more] = positionals;
  if (experiment === undefined) throw new CallError("give a link or an experiment.json");
  if (more.length > 0) {
    const given = positionals.map((text) => `"${text.slice(0, 80)}"`).join(", ");
    const meant = more.flatMap((text) => meantAs(text, folder) ?? []);
    throw new CallError(
      `give one link or one experiment.json, not ${given}; ${[...meant, 'a link stands between quotes, and flags after "npm run headless --"'].join("; ")}`,
    );
  }
  if (values.cpu && values.gpu) throw new CallError("give --cpu or --gpu, not both");
  if (values.tune && values.tuning !== undefined) throw new CallError("give --tune or --tuning, not both");
  return {
    ...values,
    /** A link, or the path of a file with one or with an experiment. */
    experiment: givenExperiment(experiment, folder) ?? experiment,
    out: path.resolve(folder, values.out ?? "rankscope-run"),
    model: values.model === undefined ? undefined : givenModel(values.model, folder),
    data: values.data === undefined ? undefined : givenData(values.data, folder),
    tuning: values.tuning === undefined ? undefined : givenTuning(values.tuning, folder),
    adapter: values.adapter === undefined ? undefined : path.resolve(folder, values.adapter),
  };
}
