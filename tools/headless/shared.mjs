import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { UsageError } from "../commandLine.mjs";
import { sentenceOf } from "./words.mjs";

/** The last version of links in which all methods had one usual learning rate, and that hands write without a checksum. */
const ONE_RATE = "1";

/**
 * Settings and notes of a link, or of a file that holds a link or an experiment, each setting judged by itself.
 *
 * @returns them with the settings that somebody `chosen`, and a `remark` where a link may not mean what it seems to.
 * @throws UsageError.
 */
export async function sharedIn(experiment, load) {
  const { readQuery } = await load("/src/app/state/share.ts");
  const isFile = existsSync(experiment);
  const text = isFile
    ? readFileSync(experiment, "utf8")
        .replace(/^\uFEFF/, "")
        .trim()
    : experiment;
  if (text.startsWith("{")) return sharedInFile(experiment, load);
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
    throw new UsageError(`the link cannot be read: ${shared.problems.map(sentenceOfProblem).join(" ")}`);
  }
  return { ...shared, chosen, remark: await rateRemark(shared.config, chosen, version, load) };
}

async function sharedInFile(file, load) {
  const { readExperiment } = await load("/src/engine/settings/experiment.ts");
  const { chosenIn } = await load("/src/engine/data/settle.ts");
  try {
    const text = readFileSync(file, "utf8").replace(/^\uFEFF/, "");
    const { config, notes } = await readExperiment(text, path.basename(file), "alone");
    return { config, notes, chosen: chosenIn(config) };
  } catch (error) {
    throw new UsageError(sentenceOf(error));
  }
}

function sentenceOfProblem({ text }) {
  return sentenceOf({ message: text });
}

/** Whoever writes a method by hand may expect its own learning rate, which the first links do not bring along. */
async function rateRemark(config, chosen, version, load) {
  const { usualValue } = await load("/src/engine/settings/config.ts");
  const own = usualValue("learningRate", config);
  if (version !== ONE_RATE || !chosen.has("method") || chosen.has("learningRate") || own === config.learningRate) {
    return undefined;
  }
  return `Learning rate (learningRate) is ${config.learningRate}, as for every method in links of version 1; ${config.method}'s own is ${own}: write learningRate=${own}, or v=3&…&c=hand in place of v=1&…`;
}
