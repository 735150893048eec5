import { parseReference } from "../../engine/model/reference.ts";
import type { NamedFile, StoredModel } from "../rpc.ts";
import { folders, type ModelFolder } from "./folder.ts";
import type { Manifest } from "./manifest.ts";
import { areAtOnePlace, bytesOf, type HubModel, isOfModule, type Place, referenceOf } from "./model.ts";

/** What is stored of models, those with a damaged manifest among them: these can only be removed. */
export async function storedModels(): Promise<StoredModel[]> {
  const models: StoredModel[] = [];
  for await (const { place, folder } of folders()) {
    if (await folder.isEmpty()) continue;
    const manifest = await manifestOf(place, folder);
    models.push({
      reference: referenceOf(manifest?.model ?? place),
      model: manifest?.model,
      storedBytes: manifest ? await storedBytes(folder, manifest.model) : 0,
      isComplete: manifest !== undefined && (await isComplete(folder, manifest)),
    });
  }
  return models.sort((a, b) => (a.reference < b.reference ? -1 : 1));
}

/**
 * The files that a reference stands for, where all of them are stored and have passed their check.
 *
 * @param reference with the commit, or at least seven digits of it; what a branch stands for only the hub knows.
 */
export async function storedFiles(reference: string): Promise<readonly NamedFile[] | undefined> {
  const asked = parseReference(reference);
  if (asked.kind !== "hub" || !/^[0-9a-f]{7,40}$/.test(asked.revision)) return undefined;
  for await (const { place, folder } of folders()) {
    if (place.owner !== asked.owner || place.name !== asked.name || !place.commit.startsWith(asked.revision)) continue;
    const manifest = await manifestOf(place, folder);
    if (!manifest || !(await isComplete(folder, manifest))) continue;
    const { files } = manifest.model;
    if (asked.hasModules && !files.some(isOfModule)) continue;
    const read = asked.hasModules ? files : files.filter((file) => !isOfModule(file));
    return Promise.all(read.map(async (file) => ({ name: file.name, content: await folder.content(file) })));
  }
  return undefined;
}

/** A folder's manifest where it is about what the folder's place says. */
async function manifestOf(place: Place, folder: ModelFolder): Promise<Manifest | undefined> {
  const manifest = await folder.manifest();
  return manifest && areAtOnePlace(referenceOf(manifest.model), referenceOf(place)) ? manifest : undefined;
}

async function isComplete(folder: ModelFolder, { model, checked }: Manifest): Promise<boolean> {
  if (!model.files.every(({ name }) => checked.has(name))) return false;
  return (await storedBytes(folder, model)) === bytesOf(model);
}

async function storedBytes(folder: ModelFolder, model: HubModel): Promise<number> {
  let bytes = 0;
  for (const file of model.files) bytes += Math.min(file.size, await folder.storedBytes(file));
  return bytes;
}
