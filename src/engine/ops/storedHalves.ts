import { aligned } from "../device/device.ts";
import { packHalvesKernel, unpackHalvesKernel, wordsOfHalves } from "../kernels/halves.ts";
import type { RecordedDispatch } from "./recordedDispatch.ts";
import { rowMajor, Storage, type Tensor } from "./tensor.ts";

/** What is read again so many dispatches later is not worth two dispatches more. */
const SOON = 8;

/** Of one storage of halves: 32 MiB, well under what any device binds. */
const MOST_WORDS = 2 ** 23;

/** Where what a marked dispatch has computed is touched: there, and afterwards. */
interface Life {
  lastMarked: number;
  firstAfter: number | undefined;
  /** Whether it can be kept as halves. */
  isFree: boolean;
}

/**
 * Keeps what marked dispatches (`Tape.halved`) have computed in 16 bits from the last of them that touches it until it is
 * first read afterwards: the forward pass computes with float32, the backward pass with what was stored. Statistics and
 * positions (`kernel.precise`) stay as they are.
 */
export function storedHalves(recorded: readonly RecordedDispatch[]): readonly RecordedDispatch[] {
  if (!recorded.some(({ halved }) => halved)) return recorded;
  /** How many dispatches come before each. */
  const before = [0];
  for (const [at, { counts = 1 }] of recorded.entries()) before.push(before[at]! + counts);
  const isLater = (at: number, than: number) => before[at]! - before[than]! > SOON;
  const kept = [...livesOf(recorded)]
    .filter(([, { isFree, lastMarked, firstAfter = 0 }]) => isFree && isLater(firstAfter, lastMarked))
    .sort(([, a], [, b]) => a.lastMarked - b.lastMarked);
  const places = placesOf(kept.map(([storage]) => storage));
  const packs = new Map<number, RecordedDispatch[]>();
  const unpacks = new Map<number, RecordedDispatch[]>();
  const again = new Map<Storage, Storage>();
  for (const [storage, { lastMarked, firstAfter }] of kept) {
    const { name, length } = storage;
    const whole = wholeOf(storage);
    const halves = places.get(storage)!;
    const out = wholeOf(new Storage(name, length));
    again.set(storage, out.storage);
    const call = { params: { length }, flags: {} };
    append(packs, lastMarked, { kernel: packHalvesKernel, tensors: { input: whole, out: halves }, ...call });
    append(unpacks, firstAfter!, { kernel: unpackHalvesKernel, tensors: { input: halves, out }, ...call });
  }
  return recorded.flatMap((dispatch, at) => [
    ...(unpacks.get(at) ?? []),
    dispatch.halved ? dispatch : readingFrom(dispatch, again),
    ...(packs.get(at) ?? []),
  ]);
}

function livesOf(recorded: readonly RecordedDispatch[]): ReadonlyMap<Storage, Life> {
  const lives = new Map<Storage, Life>();
  recorded.forEach(({ kernel, tensors, halved }, at) => {
    const written = [...kernel.updates, ...kernel.writes];
    for (const [name, { storage }] of Object.entries(tensors)) {
      const isWritten = written.includes(name);
      const life = lives.get(storage);
      if (halved && isWritten && !storage.memory && !life) {
        lives.set(storage, { lastMarked: at, firstAfter: undefined, isFree: !kernel.precise.includes(name) });
      } else if (life && halved) {
        life.isFree &&= life.firstAfter === undefined && !kernel.precise.includes(name);
        life.lastMarked = at;
      } else if (life) {
        life.isFree &&= !isWritten;
        life.firstAfter ??= at;
      }
    }
  });
  return lives;
}

/**
 * Where each storage lies once it is packed: one after another in a few large ones. Each by itself would be given the first
 * block that is free, of float32, and with it the room of twice as much.
 */
function placesOf(storages: readonly Storage[]): ReadonlyMap<Storage, Tensor> {
  const rooms: { members: Storage[]; words: number }[] = [];
  for (const storage of storages) {
    const words = aligned(wordsOfHalves(storage.length));
    const last = rooms.at(-1);
    if (last && last.words + words <= MOST_WORDS) {
      last.members.push(storage);
      last.words += words;
    } else rooms.push({ members: [storage], words });
  }
  const places = new Map<Storage, Tensor>();
  for (const { members, words } of rooms) {
    const room = new Storage("activations in 16 bits", words);
    let offset = 0;
    for (const each of members) {
      const shape = [wordsOfHalves(each.length)];
      places.set(each, { name: `${each.name} in 16 bits`, shape, strides: [1], offset, storage: room });
      offset += aligned(shape[0]!);
    }
  }
  return places;
}

function readingFrom(dispatch: RecordedDispatch, again: ReadonlyMap<Storage, Storage>): RecordedDispatch {
  const moved = (tensor: Tensor): Tensor => ({ ...tensor, storage: again.get(tensor.storage) ?? tensor.storage });
  const { tensors, delivery } = dispatch;
  return {
    ...dispatch,
    tensors: Object.fromEntries(Object.entries(tensors).map(([name, tensor]) => [name, moved(tensor)])),
    ...(delivery && { delivery: { from: moved(delivery.from), to: delivery.to } }),
  };
}

function wholeOf(storage: Storage): Tensor {
  const shape = [storage.length];
  return { name: storage.name, shape, strides: rowMajor(shape), offset: 0, storage };
}

function append(all: Map<number, RecordedDispatch[]>, at: number, dispatch: RecordedDispatch): void {
  all.set(at, [...(all.get(at) ?? []), dispatch]);
}
