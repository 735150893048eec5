import type { Transfer } from "../rpc.ts";
import { connect } from "./connection.ts";
import { cut, DownloadError, type Subject, wrongSize } from "./failures.ts";
import type { ModelFolder } from "./folder.ts";
import { fileAddress } from "./lookUp.ts";
import type { HubFile, HubModel } from "./model.ts";
import type { Patience } from "./patience.ts";
import type { Rate } from "./rate.ts";

/** Milliseconds that a connection may say nothing. */
const STALLED = 30_000;

/** Milliseconds between two reports. */
const REPORT_EVERY = 250;

/** What a download is done with. */
export interface Means {
  readonly hub: string;
  readonly model: HubModel;
  readonly folder: ModelFolder;
  readonly patience: Patience;
  readonly signal: AbortSignal;
  readonly rate: Rate;
  readonly report: (transfer: Transfer) => void;
}

/**
 * Fetches what is missing of a file and stores it. Whatever arrived before a failure is stored, and only what follows is
 * asked for the next time.
 *
 * @param before bytes of the model's other files that are stored, and `total` of all.
 */
export async function transfer(file: HubFile, before: number, total: number, means: Means): Promise<void> {
  const { folder, patience } = means;
  await patience.attempt(async () => {
    const from = await folder.storedBytes(file);
    if (from > file.size) {
      await folder.discard(file);
      throw wrongSize(file.name, from, file.size);
    }
    if (from < file.size) await fetchRest(file, from, { before, total }, means);
  });
}

async function fetchRest(
  file: HubFile,
  from: number,
  { before, total }: { readonly before: number; readonly total: number },
  { hub, model, folder, patience, signal, rate, report }: Means,
): Promise<void> {
  let at = from;
  const tell = () => {
    rate.add(performance.now(), before + at);
    const secondsLeft = rate.secondsFor(total - before - at);
    report({
      file: file.name,
      loaded: before + at,
      total,
      bytesPerSecond: rate.perSecond,
      ...(secondsLeft !== undefined && { secondsLeft }),
    });
  };
  const ending = new AbortController();
  const refuse = async (found: number | "more") => {
    ending.abort();
    await folder.discard(file);
    return wrongSize(file.name, found, file.size);
  };
  // A connection that says nothing for so long counts as cut.
  const wait = () => setTimeout(() => ending.abort(cut(file.name, at, file.size)), STALLED);
  let watch = wait();
  const reports = setInterval(tell, REPORT_EVERY);
  const writer = folder.writer(file, from, () => total - before - from);
  try {
    tell();
    const subject: Subject = { ...model, hub, file: file.name };
    const response = await connect(subject, AbortSignal.any([signal, ending.signal]))(
      fileAddress(hub, model, file.name),
      { headers: from > 0 ? { Range: `bytes=${from}-` } : {} },
    );
    const [, size] = /^bytes \d+-\d+\/(\d+)$/.exec(response.headers.get("content-range") ?? "") ?? [];
    if (size !== undefined && Number(size) !== file.size) throw await refuse(Number(size));
    const reader = response.body!.getReader();
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      clearTimeout(watch);
      watch = wait();
      if (at + part.value.length > file.size) throw await refuse("more");
      at += part.value.length;
      await writer.add(part.value);
      patience.renew();
    }
  } catch (error) {
    if (error instanceof DownloadError && !error.passes) throw error;
    await writer.flush();
    signal.throwIfAborted();
    // What reading throws says nothing but that it is over.
    throw error instanceof DownloadError ? error : cut(file.name, at, file.size);
  } finally {
    clearTimeout(watch);
    clearInterval(reports);
  }
  await writer.flush();
  tell();
  if (at < file.size) throw cut(file.name, at, file.size);
}
