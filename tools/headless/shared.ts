import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { readQuery, type SharedExperiment } from "../../src/app/state/share.ts";
import { type ChosenSettings, chosenIn } from "../../src/engine/data/settle.ts";
import { usualValue } from "../../src/engine/settings/config.ts";
import { readExperiment } from "../../src/engine/settings/experiment.ts";
import { UsageError } from "../commandLine.ts";
import { refusing } from "./refusing.ts";

/** The last version of links in which all methods had one usual learning rate, and that hands write without a checksum. */
const ONE_RATE = "1";

/** What a link or a file says. */
export interface Shared extends SharedExperiment, ChosenSettings {
  /** Where a link may not mean what it seems to. */
  readonly remark?: string | undefined;
}

/**
 * Settings and notes of a link, or of a file that holds a link or an experiment, each setting judged by itself.
 *
 * @throws UsageError.
 */
export async function sharedIn(experiment: string): Promise<Shared> {
  const isFile = existsSync(experiment);
  const text = isFile
    ? readFileSync(experiment, "utf8")
        .replace(/^\uFEFF/, "")
        .trim()
    : experiment;
  if (text.startsWith("{")) return sharedInFile(experiment);
  const at = text.indexOf("?v=");
  const query = at >= 0 ? text.slice(at + 1) : text;
  if (!/^v=/.test(query)) {
    throw new UsageError(
      isFile
        ? `${experiment} holds neither a link nor an experiment`
        : `"${experiment.slice(0, 80)}" is neither a link with ?v=… nor a file (${path.resolve(experiment.slice(0, 80))})`,
    );
  }
  const { shared, chosen, version } = readQuery(query, "alone");
  if (shared.kind === "damaged") {
    throw new UsageError(`the link cannot be read: ${shared.problems.map(({ text }) => text).join(" ")}`);
  }
  return { ...shared, chosen, remark: rateRemark({ config: shared.config, chosen }, version) };
}

function sharedInFile(file: string): Promise<Shared> {
  return refusing(async () => {
    const { config, notes } = await readExperiment(readFileSync(file, "utf8"), path.basename(file), "alone");
    return { config, notes, chosen: chosenIn(config) };
  });
}

/** Whoever writes a method by hand may expect its own learning rate, which the first links do not bring along. */
function rateRemark({ config, chosen }: ChosenSettings, version: string | null): string | undefined {
  const own = usualValue("learningRate", config);
  if (version !== ONE_RATE || !chosen.has("method") || chosen.has("learningRate") || own === config.learningRate) {
    return undefined;
  }
  return `Learning rate (learningRate) is ${config.learningRate}, as for every method in links of version 1; ${config.method}'s own is ${own}: write learningRate=${own}, or v=3&…&c=hand in place of v=1&…`;
}
