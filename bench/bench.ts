// Measures the engine beside its peers in one headless Chromium, as ratios. docs/bench/README.md says how.
//
//   npm run bench -- [options]
//
//   --only=a,b     suites: start, matmul, step, methods, projection, spectra, endurance, processor, page (all)
//   --peers=a,b    of jax, tfjs, ort, jax-wasm (the first three)
//   --rounds=N     rounds of turns (5)
//   --quick        few rounds, small shapes, jax-js alone: minutes instead of half an hour
//   --gpu=hardware use the graphics card through Vulkan instead of the software GPU
//   --out=FILE     results as JSON, with a table beside them as Markdown (bench/results/latest.json); suites that were not
//                  run keep what stands there
//   --torch=PYTHON a Python that has torch, such as python3, for the rows of PyTorch in processor
//   --before=DIR   the product's page as another version built it (its dist), to be measured beside this one in page
import { loadavg } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { build, preview } from "vite";
import { launch } from "./harness/browser.ts";
import { ensurePeers, peerVersions } from "./harness/install.ts";
import type { Lab, Labelled } from "./harness/lab.ts";
import { linkToFigures } from "./harness/link.ts";
import { type Options, type PeerName, peerPages, readOptions, type SuiteName } from "./harness/options.ts";
import { firstLine } from "./harness/ready.ts";
import { type MeasuredSuite, save, suiteAsText } from "./harness/report.ts";
import { suites } from "./suites/index.ts";

const configFile = fileURLToPath(new URL("vite.config.ts", import.meta.url));
const labels: Readonly<Record<"ours" | PeerName, string>> = {
  ours: "Rankscope",
  jax: "jax-js",
  tfjs: "TensorFlow.js",
  ort: "ONNX Runtime Web",
  "jax-wasm": "jax-js on WASM",
};

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2));
  ensurePeers();
  console.log("Building the pages …");
  await build({ configFile });
  const server = await preview({ configFile, preview: { port: 0 } });
  try {
    const measured: Record<string, MeasuredSuite> = {};
    for (const name of options.suites) measured[name] = await measure(name, server.resolvedUrls!.local[0]!, options);
    console.log(`\nThese figures as a link, behind the address of any page of Rankscope:\n${linkToFigures(measured)}`);
  } finally {
    await server.close();
  }
}

/** Runs one suite in a browser of its own, so that none finds what another left behind. */
async function measure(name: SuiteName, url: string, options: Options): Promise<MeasuredSuite> {
  const browser = await launch(url, options);
  try {
    const labelled = <T>(tab: T, key: "ours" | PeerName): Labelled<T> => ({ ...tab, key, label: labels[key] });
    const peers: Lab["peers"][number][] = [];
    const lab: Lab = {
      ours: labelled(await browser.tab("ours"), "ours"),
      peers,
      tab: browser.tab,
      timed: browser.timed,
      gpuMemory: browser.gpuMemory,
      relaunch: () => launch(url, options),
      say: (doing) => console.log(`  ${doing}`),
    };
    const remarks: string[] = [];
    for (const key of suites[name].withPeers ? options.peers : []) {
      try {
        peers.push(labelled(await browser.tab(peerPages[key]), key));
      } catch (error) {
        remarks.push(`${labels[key]} is left out: ${firstLine(error)}`);
      }
    }
    const before = loadavg()[0]!;
    const date = new Date().toISOString();
    console.log(`\n${name}`);
    const found = await suites[name].run(lab, options);
    const measured: MeasuredSuite = {
      ...found,
      remarks: [...remarks, ...(found.remarks ?? [])],
      date,
      adapter: lab.ours.about.adapter,
      load: [before, loadavg()[0]!],
      versions: { chromium: browser.version, node: process.version, ...peerVersions() },
      rounds: options.rounds,
    };
    console.log(`\n${suiteAsText(measured)}`);
    save(path.resolve(options.out), { [name]: measured });
    return measured;
  } finally {
    await browser.close();
  }
}

try {
  await main();
} catch (error) {
  console.error(error instanceof Error ? error.message : error);
  process.exitCode = 1;
}
