import type { Progress } from "../rpc.ts";
import { checkFile } from "./check.ts";
import { storageFull } from "./failures.ts";
import { exclusively, ModelFolder } from "./folder.ts";
import { bytesOf, type HubFile, type HubModel } from "./model.ts";
import { Patience } from "./patience.ts";
import { Rate } from "./rate.ts";
import { type Means, transfer } from "./transfer.ts";

/**
 * Fetches the files of a model that are not stored yet, or not in whole, and checks each. Only a file that is what the
 * hub lists is ever marked as present.
 *
 * @param known contents that were read already, by their hashes.
 * @throws DownloadError; what is stored by then stays, but for a file that failed its check.
 */
export function download(
  hub: string,
  model: HubModel,
  known: ReadonlyMap<string, ArrayBuffer>,
  { progress, signal }: { readonly progress: Progress; readonly signal: AbortSignal },
): Promise<void> {
  return exclusively(model, signal, async () => {
    const folder = await ModelFolder.create(model);
    const checked = new Set(await checkedFiles(folder, model));
    const total = bytesOf(model);
    await requireRoom(folder, model);
    await folder.saveManifest({ model, checked });
    const patience = new Patience(progress, signal);
    const report: Means["report"] = (done) => progress("Downloading", done.loaded / Math.max(1, total), done);
    const means = { hub, model, folder, patience, signal, rate: new Rate(), report };
    let before = 0;
    for (const file of model.files) {
      signal.throwIfAborted();
      if (!checked.has(file.name)) {
        await fill(file, folder, known, () => transfer(file, before, total, means));
        progress(`Checking ${file.name}`);
        await checkFile(file, await folder.content(file)).catch(async (error) => {
          await folder.discard(file);
          throw error;
        });
        checked.add(file.name);
        await folder.saveManifest({ model, checked });
      }
      before += file.size;
    }
  });
}

/** Puts a file's content in place: from what was read already where nothing is stored yet, else from the hub. */
async function fill(
  file: HubFile,
  folder: ModelFolder,
  known: ReadonlyMap<string, ArrayBuffer>,
  fetchIt: () => Promise<void>,
): Promise<void> {
  const content = known.get(file.hash.hex);
  if (!content || (await folder.storedBytes(file)) > 0) return fetchIt();
  const writer = folder.writer(file, 0, () => file.size);
  await writer.add(new Uint8Array(content));
  await writer.flush();
}

/** Names of the files that passed their check earlier and are of the size that they had then. */
async function checkedFiles(folder: ModelFolder, model: HubModel): Promise<string[]> {
  const manifest = await folder.manifest();
  const names: string[] = [];
  for (const file of model.files) {
    const before = manifest?.model.files.find(({ name }) => name === file.name);
    const isChecked = manifest?.checked.has(file.name) && before?.hash.hex === file.hash.hex;
    if (isChecked && (await folder.storedBytes(file)) === file.size) names.push(file.name);
  }
  return names;
}

/** @throws DownloadError where the browser already knows that the rest will not fit. */
async function requireRoom(folder: ModelFolder, model: HubModel): Promise<void> {
  let toCome = bytesOf(model);
  for (const file of model.files) toCome -= await folder.storedBytes(file);
  const estimate = await navigator.storage.estimate();
  if (estimate.quota !== undefined && toCome > estimate.quota - (estimate.usage ?? 0)) {
    throw storageFull(toCome, estimate);
  }
}
