import type { Transfer } from "../requests.ts";
import { connect } from "./connection.ts";
import { cut, DownloadError, type Subject, wrongSize } from "./failures.ts";
import type { ModelFolder } from "./folder.ts";
import { fileAddress } from "./lookUp.ts";
import type { HubFile, HubModel } from "./model.ts";
import type { Patience } from "./patience.ts";
import type { Rate } from "./rate.ts";

/** Milliseconds without a byte after which a connection counts as cut. */
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
    const rest = rate.secondsFor(total - before - at);
    report({
      file: file.name,
      loaded: before + at,
      total,
      bytesPerSecond: rate.perSecond,
      ...(rest !== undefined && { secondsLeft: rest }),
    });
  };
  const ending = new AbortController();
  const ends = AbortSignal.any([signal, ending.signal]);
  const subject: Subject = { ...model, hub, file: file.name };
  const response = await connect(subject, ends)(fileAddress(hub, model, file.name), {
    headers: from > 0 ? { Range: `bytes=${from}-` } : {},
  });
  const [, total206] = /^bytes \d+-\d+\/(\d+)$/.exec(response.headers.get("content-range") ?? "") ?? [];
  if (total206 !== undefined && Number(total206) !== file.size) {
    ending.abort();
    await folder.discard(file);
    throw wrongSize(file.name, Number(total206), file.size);
  }
  const writer = folder.writer(file, from, () => total - before - from);
  const reader = response.body!.getReader();
  let watch = setTimeout(() => ending.abort(), STALLED);
  const reports = setInterval(tell, REPORT_EVERY);
  tell();
  try {
    for (let part = await reader.read(); !part.done; part = await reader.read()) {
      clearTimeout(watch);
      watch = setTimeout(() => ending.abort(), STALLED);
      if (at + part.value.length > file.size) {
        ending.abort();
        await folder.discard(file);
        throw wrongSize(file.name, "more", file.size);
      }
      at += part.value.length;
      await writer.add(part.value);
      patience.renew();
    }
  } catch (error) {
    // What reading throws says nothing but that it is over.
    if (error instanceof DownloadError) throw error;
    await writer.flush();
    signal.throwIfAborted();
    throw cut(file.name, at, file.size);
  } finally {
    clearTimeout(watch);
    clearInterval(reports);
  }
  await writer.flush();
  tell();
  if (at < file.size) throw cut(file.name, at, file.size);
}
