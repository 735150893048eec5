// Measures the engine beside its peers in one headless Chromium, as ratios. `npm run bench -- --help` lists the options,
// docs/bench/README.md says how it measures.
import { loadavg } from "node:os";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { build, preview } from "vite";
import { launch } from "./harness/browser.mjs";
import { ensurePeers, peerVersions } from "./harness/install.mjs";
import { peerPages, readOptions } from "./harness/options.mjs";
import { firstLine } from "./harness/ready.mjs";
import { save, suiteAsText } from "./harness/report.mjs";
import { suites } from "./suites/index.mjs";

const configFile = fileURLToPath(new URL("vite.config.ts", import.meta.url));
const labels = {
  ours: "Rankscope",
  jax: "jax-js",
  tfjs: "TensorFlow.js",
  ort: "ONNX Runtime Web",
  "jax-wasm": "jax-js on WASM",
};

async function main() {
  const options = readOptions(process.argv.slice(2));
  if (options.help) return console.log(options.help);
  ensurePeers();
  console.log("Building the pages …");
  await build({ configFile });
  const server = await preview({ configFile, preview: { port: 0 } });
  try {
    for (const name of options.suites) await measure(name, server.resolvedUrls.local[0], options);
  } finally {
    await server.close();
  }
}

/** Runs one suite in a browser of its own, so that none finds what another left behind. */
async function measure(name, url, options) {
  const browser = await launch(url, options);
  try {
    const tab = async (key, page) => ({ ...(await browser.tab(page)), key, label: labels[key] });
    const lab = {
      ours: await tab("ours", "ours"),
      peers: [],
      tab: browser.tab,
      timed: browser.timed,
      gpuMemory: browser.gpuMemory,
      relaunch: () => launch(url, options),
      say: (doing) => console.log(`  ${doing}`),
    };
    const remarks = [];
    for (const key of suites[name].withPeers ? options.peers : []) {
      try {
        lab.peers.push(await tab(key, peerPages[key]));
      } catch (error) {
        remarks.push(`${labels[key]} is left out: ${firstLine(error)}`);
      }
    }
    const before = loadavg()[0];
    const date = new Date().toISOString();
    console.log(`\n${name}`);
    const found = await suites[name].run(lab, options);
    const measured = {
      ...found,
      remarks: [...remarks, ...(found.remarks ?? [])],
      date,
      adapter: lab.ours.about.adapter,
      load: [before, loadavg()[0]],
      versions: { chromium: browser.version, node: process.version, ...peerVersions() },
      rounds: options.rounds,
    };
    console.log(`\n${suiteAsText(measured)}`);
    save(path.resolve(options.out), { [name]: measured });
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
