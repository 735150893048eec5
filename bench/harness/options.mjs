import { parseArgs } from "node:util";

export const suiteNames = ["start", "matmul", "step", "methods", "projection", "spectra", "endurance", "processor"];
/** The tabs of the peers. */
export const peerPages = { jax: "jax", tfjs: "tfjs", ort: "ort", "jax-wasm": "jax?backend=wasm" };

const help = `npm run bench -- [options]

  --only=a,b     suites: ${suiteNames.join(", ")} (all)
  --peers=a,b    of ${Object.keys(peerPages).join(", ")} (the first three)
  --rounds=N     rounds of turns (5)
  --quick        few rounds, small shapes, jax-js alone: minutes instead of half an hour
  --gpu=hardware use the graphics card through Vulkan instead of the software GPU
  --out=FILE     results as JSON, with a table beside them as Markdown (bench/results/latest.json); suites that were not
                 run keep what stands there`;

/** @throws an Error that says which option is wrong and what it may be. */
export function readOptions(given) {
  const { values } = parseArgs({
    args: given,
    options: {
      only: { type: "string" },
      peers: { type: "string" },
      rounds: { type: "string" },
      quick: { type: "boolean", default: false },
      gpu: { type: "string", default: "software" },
      out: { type: "string", default: "bench/results/latest.json" },
      help: { type: "boolean", default: false },
    },
  });
  if (values.help) return { help };
  const { quick, out } = values;
  const rounds = Number(values.rounds ?? (quick ? 3 : 5));
  if (!Number.isInteger(rounds) || rounds < 1) throw new Error(`--rounds must be a whole number, not ${values.rounds}`);
  const gpus = ["software", "hardware"];
  if (!gpus.includes(values.gpu)) throw new Error(`--gpu must be one of ${gpus.join(", ")}, not ${values.gpu}`);
  return {
    suites: listed("only", values.only, suiteNames) ?? suiteNames,
    peers: listed("peers", values.peers, Object.keys(peerPages)) ?? (quick ? ["jax"] : ["jax", "tfjs", "ort"]),
    rounds,
    quick,
    hardware: values.gpu === "hardware",
    out,
  };
}

function listed(option, text, allowed) {
  if (text === undefined) return undefined;
  const names = text.split(",").filter(Boolean);
  const unknown = names.find((name) => !allowed.includes(name));
  if (unknown !== undefined || names.length === 0) {
    throw new Error(`--${option} must be a list of ${allowed.join(", ")}, not "${text}"`);
  }
  return names;
}
