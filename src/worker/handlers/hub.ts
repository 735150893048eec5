import { checkpointIn } from "../../engine/checkpoint/folder.ts";
import { parseReference } from "../../engine/model/reference.ts";
import { modelIn } from "../../engine/onnx/onnxFiles.ts";
import { download } from "../hub/download.ts";
import { exclusively, removeModel } from "../hub/folder.ts";
import { listRepository, type RemoteFiles, remoteFiles } from "../hub/lookUp.ts";
import type { HubModel } from "../hub/model.ts";
import { Patience } from "../hub/patience.ts";
import { storedFiles, storedModels } from "../hub/stored.ts";
import { checkpointFiles } from "../localFiles.ts";
import type { Handlers } from "./handler.ts";
import { describeModel, openedModel } from "./models.ts";

/** Bytes from which on a browser does not hand a file over in one piece. */
const LARGEST_FILE = 2 ** 31 - 1;

/** What the last look has read whole, so that a download does not fetch it again. */
let lastSeen: RemoteFiles | undefined;

/** What is asked about models on a hub, and about those that were downloaded. */
export const hubHandlers: Pick<Handlers, "hubLook" | "hubDownload" | "hubOpen" | "hubStored" | "hubRemove"> = {
  async hubLook({ hub, repository, config }, context) {
    const { progress, signal } = context;
    progress("Asking the hub");
    const means = { patience: new Patience(progress, signal), signal };
    const listing = await listRepository(hub, repository, means);
    const remote = remoteFiles(hub, repository, listing, means);
    progress("Reading config, tokenizer and headers");
    const found = await checkpointIn(remote);
    const description = await describeModel(found, config, context);
    lastSeen = remote;
    const files = listing.files
      .filter(({ name }) => remote.needed.has(name) && !found.aside?.includes(name))
      // What is small first, so that it is checked early.
      .sort((a, b) => a.size - b.size);
    const model: HubModel = { ...repository, commit: listing.commit, files };
    const tooLarge = files
      .filter(({ size }) => size > LARGEST_FILE)
      .map(({ name }) => `${name} has more than 2 GB; a browser reads models saved in smaller shards.`);
    const obstacles = [...description.obstacles, ...tooLarge];
    return { model, description: { ...description, obstacles } };
  },

  async hubDownload({ hub, model }, { progress, signal }) {
    await download(hub, model, lastSeen?.contents ?? new Map(), { progress, signal });
    lastSeen = undefined;
    return storedModels();
  },

  async hubOpen({ reference }) {
    const files = await storedFiles(reference);
    return files && openedModel(reference, await modelIn(checkpointFiles(files)));
  },

  hubStored: () => storedModels(),

  async hubRemove({ reference }, { signal }) {
    const place = parseReference(reference);
    if (place.kind === "hub") {
      const { owner, name, revision: commit } = place;
      const model = { owner, name, commit };
      await exclusively(model, signal, () => removeModel(model));
    }
    return storedModels();
  },
};
