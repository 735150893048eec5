import { EngineError } from "../../../engine/errors.ts";
import { parseRepository } from "../../../worker/hub/model.ts";
import { goTo } from "../../shell/route.ts";
import { hub } from "../../state/hub.ts";
import { isBusy } from "../../state/phase.ts";
import { lab, useLab } from "../../state/store.ts";
import type { Given } from "../dropped.ts";
import { handOver } from "./handover.ts";
import { type Kind, kindOf, pastedAs } from "./kinds.ts";

/** Kinds of files for which the worker has to be free. */
const waiting: readonly Kind[] = ["adapter", "model"];

/**
 * Leads into the lab with files: an experiment and an adapter are opened, a model and data are looked at there. Nothing is
 * started.
 *
 * @throws EngineError, or Failure as plain data, where they cannot be read.
 */
export async function openFiles(given: Given): Promise<void> {
  const { files } = given;
  if (files.length === 0) throw new EngineError("There are no files in it", "Give a file, or a folder with files.");
  const kind = await kindOf(files);
  if (waiting.includes(kind) && isBusy(useLab.getState().phase))
    throw new EngineError("A run is at work in the lab", "Pause it there, then open the files again.");
  if (kind === "experiment") await lab.openExperiment(files[0]!);
  else if (kind === "adapter") await lab.openAdapter(files);
  else handOver(kind, given);
  goTo("/lab");
}

/** Leads into the lab with what was pasted: a link, the address of a model on the hub, or text as of a file. @throws as `openFiles`. */
export async function openPasted(written: string): Promise<void> {
  const pasted = pastedAs(written);
  if (pasted.kind === "place") goTo(pasted.path);
  else if (pasted.kind === "repository") {
    const { address } = pasted;
    if (!parseRepository(address, ""))
      throw new EngineError(
        `${address} is no address of a model`,
        "It should be like https://huggingface.co/owner/name.",
      );
    hub.write({ repository: address, revision: "" });
    hub.open(true);
    goTo("/lab");
  } else if (/^https?:/.test(written.trim()))
    throw new EngineError("This link leads to no experiment", "One of an experiment has #/lab?v= in it.");
  else await openFiles({ files: [{ name: "pasted", content: new Blob([written]) }] });
}
