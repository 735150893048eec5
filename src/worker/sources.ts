import { type CheckpointFiles, type OnProgress, usualFiles } from "../engine/checkpoint/checkpoint.ts";
import type { Sources } from "../engine/data/sources.ts";
import { CheckpointError } from "../engine/errors.ts";
import { isBundled } from "../engine/model/modelShapes.ts";
import { describeReference, parseReference } from "../engine/model/reference.ts";
import { filesAs } from "../engine/onnx/modelFolder.ts";
import { modelIn } from "../engine/onnx/onnxFiles.ts";
import { describeData } from "../engine/tasks/custom/settings.ts";
import { storedFiles } from "./hub/stored.ts";
import { checkpointFiles, type LocalFiles, openBlob } from "./localFiles.ts";

/**
 * Models and tasks bundled with the page, and models and data that were opened or downloaded.
 *
 * @param base the folder that holds `models/` and `tasks/`.
 */
export function originSources(base: URL, offers: LocalFiles): Sources {
  /** By references of earlier versions. */
  const found = new Map<string, CheckpointFiles>();
  /** A model that is offered under another reference, since what is hashed of a folder has changed. */
  const offeredElsewhere = async (reference: string): Promise<CheckpointFiles | undefined> => {
    if (found.has(reference) || parseReference(reference).kind !== "file") return found.get(reference);
    for (const [other, files] of offers) {
      if (parseReference(other).kind !== "file") continue;
      const known = await filesAs(reference, checkpointFiles(files));
      if (!known) continue;
      found.set(reference, known);
      return known;
    }
    return undefined;
  };
  return {
    async model(reference) {
      const offered = offers.get(reference) ?? (await storedFiles(reference));
      if (offered) return modelIn(checkpointFiles(offered));
      const known = await offeredElsewhere(reference);
      if (known) return known;
      if (!isBundled(reference)) {
        throw new CheckpointError(
          `${describeReference(reference)} is not at hand`,
          "Open it under Model, “Open another model”, then train again.",
        );
      }
      const download = (file: string, onProgress?: OnProgress) =>
        fetched(new URL(`models/${reference}/${file}`, base), onProgress);
      return {
        names: usualFiles,
        read: async (file, onProgress) => (await download(file, onProgress)).arrayBuffer(),
        open: async (file, onProgress) => openBlob(file, await download(file, onProgress)),
      };
    },
    async task(path) {
      return (await get(new URL(`tasks/${path}`, base))).text();
    },
    async data(reference) {
      const [file] = offers.get(reference) ?? [];
      if (file) return { name: file.name, content: new Uint8Array(await checkpointFiles([file]).read(file.name)) };
      throw new CheckpointError(`${describeData(reference)} is not at hand`, "Open it under Task, then train again.");
    },
  };
}

/** A file in the browser's hands, not in this worker's memory. */
async function fetched(url: URL, onProgress?: OnProgress): Promise<Blob> {
  const response = await get(url);
  const total = Number(response.headers.get("content-length"));
  if (!onProgress || !response.body || !(total > 0)) return response.blob();
  let received = 0;
  const told = new TransformStream<Uint8Array<ArrayBuffer>, Uint8Array<ArrayBuffer>>({
    transform(chunk, controller) {
      received += chunk.length;
      onProgress(Math.min(received, total), total);
      controller.enqueue(chunk);
    },
  });
  return new Response(response.body.pipeThrough(told)).blob();
}

async function get(url: URL): Promise<Response> {
  let response: Response;
  try {
    response = await fetch(url);
  } catch (error) {
    throw new CheckpointError(
      `${url.pathname} could not be loaded: ${error instanceof Error ? error.message : error}`,
      "Check the connection and press Start again.",
    );
  }
  // A development server answers unknown paths with the page itself.
  const isPage = response.headers.get("content-type")?.startsWith("text/html");
  if (!response.ok || isPage) {
    throw new CheckpointError(
      `${url.pathname} is not there (${isPage ? "the server sent a page instead" : response.status})`,
      "Reload the page; if it stays, this copy of Rankscope is incomplete.",
    );
  }
  return response;
}
