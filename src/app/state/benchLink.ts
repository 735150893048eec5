import { type BenchReport, cellsOf } from "../../engine/bench/report.ts";
import { shown } from "../../engine/checkpoint/refusal.ts";
import { type Refuse, StrictEntries } from "../../engine/checkpoint/strictEntries.ts";
import { nameOfDevice } from "../../engine/device/device.ts";
import { ConfigError } from "../../engine/errors.ts";
import type { AdapterKind } from "../../engine/kernels/kernel.ts";
import { textFromBase64url, toBase64url } from "./base64url.ts";
import { checksum } from "./checksum.ts";

/*
 * A link to figures is the query of `#/bench`: `v=1&z=…&c=…`, the version, the figures as JSON in base64url, and a checksum
 * over both. It is made by the bench screen and by `npm run bench`, and read strictly.
 */

/** The version that is written, and the last that is read. */
const VERSION = 1;

/** Characters of a link that is read. */
const MAX_LENGTH = 32 * 1024;

const MOST_ROWS = 300;

/** A row of somebody's figures. */
export interface Figure {
  readonly group: string;
  readonly name: string;
  /** Absent where there is none; `said` is why. */
  readonly value?: number;
  readonly unit: string;
  readonly said?: string;
}

/** What was measured where and when. */
export interface Figures {
  readonly rankscope: string;
  /** ISO 8601. */
  readonly when: string;
  readonly runtime: string;
  /** What the device is called. */
  readonly device: string;
  readonly kind: AdapterKind;
  readonly rows: readonly Figure[];
}

/** Why a link to figures was refused, for whoever has to tell the cases apart. */
export type BenchLinkCode = "bench-damaged" | "bench-newer";

/** A link to figures that cannot be read. */
export class BenchLinkError extends ConfigError {
  readonly code: BenchLinkCode;

  constructor(code: BenchLinkCode, message: string, hint: string) {
    super(message, hint);
    this.code = code;
  }
}

/** The figures of a report of the bench screen. */
export function figuresOf({ rankscope, when, runtime, adapter, rows }: BenchReport): Figures {
  return {
    ...{ rankscope, when, runtime },
    device: nameOfDevice(adapter),
    kind: adapter.kind,
    rows: rows.map((row) => {
      const [, , , said] = cellsOf(row);
      const known = "ms" in row && !said ? { value: Number(row.ms.toPrecision(4)) } : {};
      return { group: row.group, name: row.name, ...known, unit: "ms", ...(said && { said }) };
    }),
  };
}

/** The query of a link to figures. */
export function benchQuery({ rankscope, when, runtime, device, kind, rows }: Figures): string {
  const content = { rankscope, when, runtime, device: device.slice(0, 200), kind, rows: rows.slice(0, MOST_ROWS) };
  const query = `v=${VERSION}&z=${toBase64url(new TextEncoder().encode(JSON.stringify(content)))}`;
  return `${query}&c=${checksum(query)}`;
}

/** Reads what `benchQuery` wrote, strictly. @throws BenchLinkError. */
export function readBenchQuery(written: string): Figures {
  const refuse: Refuse = (problem) => {
    throw new BenchLinkError(
      "bench-damaged",
      `This link to figures was cut off or changed since it was copied: ${problem}`,
      "Ask for the link once more.",
    );
  };
  if (written.length > MAX_LENGTH) refuse(`it has more than ${MAX_LENGTH.toLocaleString("en")} characters`);
  const [, version] = /^v=(\d+)(?=&|$)/.exec(written) ?? [];
  if (version === undefined) return refuse("it does not begin with its version");
  if (Number(version) > VERSION) {
    throw new BenchLinkError(
      "bench-newer",
      `This link to figures is of version ${shown(version)}, and this program reads version ${VERSION}`,
      "A newer program, as a reload may bring, may read it.",
    );
  }
  if (Number(version) !== VERSION) refuse(`there is no version ${shown(version)}`);
  const [, sealed, packed, seal] = /^(v=\d+&z=([\w-]+))&c=([0-9a-f]{8})$/.exec(written) ?? [];
  if (sealed === undefined) return refuse("it is not whole");
  if (seal !== checksum(sealed)) refuse("its checksum does not fit");
  const text = textFromBase64url(packed!);
  return text === undefined ? refuse("it is no text") : figuresFrom(StrictEntries.parse(text, refuse));
}

function figuresFrom(entries: StrictEntries): Figures {
  const figures = {
    rankscope: entries.text("rankscope"),
    when: entries.matching("when", /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d+)?Z$/, "a date as in ISO 8601"),
    runtime: entries.text("runtime"),
    device: entries.text("device"),
    kind: entries.choice("kind", ["software", "hardware", "cpu"]),
    rows: entries.objects("rows", MOST_ROWS).map(figureFrom),
  };
  entries.end();
  return figures;
}

function figureFrom(entries: StrictEntries): Figure {
  const value = entries.optional("value", (row, name) => row.number(name));
  const said = entries.optional("said", (row, name) => row.text(name, 500));
  const figure = {
    group: entries.text("group"),
    name: entries.text("name", 500),
    ...(value !== undefined && { value }),
    unit: entries.text("unit", 20),
    ...(said !== undefined && { said }),
  };
  entries.end();
  return figure;
}
