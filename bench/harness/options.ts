import { parseArgs } from "node:util";

export const suiteNames = [
  "start",
  "matmul",
  "step",
  "methods",
  "projection",
  "spectra",
  "endurance",
  "processor",
  "page",
] as const;
export type SuiteName = (typeof suiteNames)[number];

/** The tabs of the peers. */
export const peerPages = { jax: "jax", tfjs: "tfjs", ort: "ort", "jax-wasm": "jax?backend=wasm" } as const;
export type PeerName = keyof typeof peerPages;
const peerNames = Object.keys(peerPages) as PeerName[];

export interface Options {
  readonly suites: readonly SuiteName[];
  readonly peers: readonly PeerName[];
  readonly rounds: number;
  readonly quick: boolean;
  readonly hardware: boolean;
  readonly out: string;
  /** A Python that has torch. */
  readonly torch: string | undefined;
  /** A folder with the product's page as it was built before. */
  readonly before: string | undefined;
}

/** @throws an Error that says which option is wrong and what it may be. */
export function readOptions(given: readonly string[]): Options {
  const { values } = parseArgs({
    args: [...given],
    options: {
      only: { type: "string" },
      peers: { type: "string" },
      rounds: { type: "string" },
      quick: { type: "boolean", default: false },
      gpu: { type: "string", default: "software" },
      out: { type: "string", default: "bench/results/latest.json" },
      torch: { type: "string" },
      before: { type: "string" },
    },
  });
  const { quick = false, gpu = "", out = "" } = values;
  const rounds = Number(values.rounds ?? (quick ? 3 : 5));
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error(`--rounds must be a whole number, not ${values.rounds}`);
  const gpus = ["software", "hardware"];
  if (!gpus.includes(gpu)) throw new Error(`--gpu must be one of ${gpus.join(", ")}, not ${gpu}`);
  return {
    suites: listed("only", values.only, suiteNames) ?? suiteNames,
    peers: listed("peers", values.peers, peerNames) ?? (quick ? ["jax"] : ["jax", "tfjs", "ort"]),
    rounds,
    quick,
    hardware: gpu === "hardware",
    out,
    torch: values.torch,
    before: values.before,
  };
}

function listed<N extends string>(option: string, text: string | undefined, allowed: readonly N[]): N[] | undefined {
  if (text === undefined) return undefined;
  const asked = text.split(",").filter(Boolean);
  const names = asked.flatMap((name) => allowed.find((each) => each === name) ?? []);
  if (names.length < asked.length || names.length === 0) {
    throw new Error(`--${option} must be a list of ${allowed.join(", ")}, not "${text}"`);
  }
  return names;
}
