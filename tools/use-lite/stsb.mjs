// Measures what use-lite knows of sentence similarity without training: Pearson's correlation of the cosine of two
// sentence vectors with the human score, on the development split of the STS benchmark (Cer et al., 2017,
// arXiv 1708.00055), all computed by the engine. Expected: 0.783 ± 0.003.
//
//   node tools/use-lite/stsb.mjs [FOLDER with dev.tsv: sentence1, sentence2, score] [--pairs N]
import { spawnSync } from "node:child_process";
import { existsSync, readFileSync } from "node:fs";
import path from "node:path";
import { fileURLToPath } from "node:url";
import { createServer } from "vite";
import { softwareVulkan } from "../test/softwareVulkan.mjs";

const root = fileURLToPath(new URL("../..", import.meta.url));
const [EXPECTED, TOLERANCE] = [0.783, 0.003];
const ROWS = 32;

const parameters = process.argv.slice(2);
const limitAt = parameters.indexOf("--pairs");
const limit = limitAt < 0 ? Number.POSITIVE_INFINITY : Number(parameters.splice(limitAt, 2)[1]);
const file = path.join(path.resolve(parameters[0] ?? path.join(root, "../shared/data/stsb")), "dev.tsv");

const vulkan = softwareVulkan(process.env);
if (!existsSync(file)) {
  console.log(`skipped: ${file} does not exist`);
} else if (Object.keys(vulkan).length > 0) {
  // The loader reads where libraries lie only when a process starts.
  process.exitCode =
    spawnSync(process.execPath, process.argv.slice(1), {
      env: { ...process.env, ...vulkan },
      stdio: "inherit",
    }).status ?? 1;
} else {
  spawnSync(process.execPath, [path.join(root, "tools/use-lite/ensure.mjs")], { stdio: "inherit" });
  const server = await createServer({
    root,
    server: { middlewareMode: true },
    appType: "custom",
    logLevel: "error",
  });
  try {
    await measure((module) => server.ssrLoadModule(module));
  } finally {
    await server.close();
  }
}

async function measure(load) {
  const { loadModel } = await load("/src/engine/model/loadModel.ts");
  const { openNodeGpu } = await load("/src/engine/testing/devices.ts");
  const { filesIn } = await load("/src/engine/testing/models.ts");
  const model = await loadModel(filesIn(path.join(root, "public/models/use-lite")));
  const pairs = readFileSync(file, "utf8")
    .trim()
    .split("\n")
    .slice(1, limit + 1)
    .map((line) => line.split("\t"));
  const texts = pairs.flatMap((pair) => pair.slice(0, 2));

  const device = await openNodeGpu();
  const started = performance.now();
  const vectors = await embedded(load, device, model, texts);
  const seconds = (performance.now() - started) / 1000;
  device.destroy();
  const cosines = pairs.map((_, pair) => dot(vectors[2 * pair], vectors[2 * pair + 1]));
  const correlation = pearson(
    cosines,
    pairs.map(([, , score]) => Number(score)),
  );
  console.log(
    `${pairs.length} pairs in ${seconds.toFixed(0)} s: Pearson ${correlation.toFixed(4)}, expected ${EXPECTED} ± ${TOLERANCE}`,
  );
  if (limit === Number.POSITIVE_INFINITY && Math.abs(correlation - EXPECTED) > TOLERANCE) process.exitCode = 1;
}

/** Sentence vectors of length 1, batch by batch of about equal token counts. */
async function embedded(load, device, { transformer, tensors, tokenizer }, texts) {
  const { persistent, readTensor, writeTensor } = await load("/src/engine/ops/tensor.ts");
  const { Tape } = await load("/src/engine/ops/tape.ts");
  const { plainLinear } = await load("/src/engine/model/transformer.ts");
  const upload = (name, { shape, values }) => {
    const tensor = persistent(device, name, shape);
    writeTensor(device, tensor, values);
    return tensor;
  };
  const weights = new Map([...tensors].map(([name, tensor]) => [name, upload(name, tensor)]));
  const encoded = texts.map((text, at) => ({
    at,
    ids: tokenizer.encode(text, { maxTokens: transformer.maxLength }).ids,
  }));
  encoded.sort((a, b) => a.ids.length - b.ids.length);

  const vectors = [];
  let recorded;
  for (let start = 0; start < encoded.length; start += ROWS) {
    const rows = encoded.slice(start, start + ROWS);
    const length = Math.min(transformer.maxLength, 4 * Math.ceil(rows.at(-1).ids.length / 4));
    if (recorded?.length !== length) {
      const ids = persistent(device, "ids", [ROWS, length]);
      const mask = persistent(device, "mask", [ROWS, length]);
      const tape = new Tape(device);
      const forward = {
        tape,
        weights,
        linear: (layer, input) => plainLinear(tape, weights, layer, input),
        dropout: (x) => x,
      };
      const sentence = tape.keep(transformer.sentence(forward, { ids, mask }));
      recorded = { length, ids, mask, sentence, program: await tape.compile("sentences") };
    }
    const numbers = new Float32Array(ROWS * length);
    const present = new Float32Array(ROWS * length);
    rows.forEach((row, index) => {
      numbers.set(row.ids, index * length);
      present.fill(1, index * length, index * length + row.ids.length);
    });
    writeTensor(device, recorded.ids, numbers);
    writeTensor(device, recorded.mask, present);
    device.submit([recorded.program]);
    const values = await readTensor(device, recorded.sentence);
    const width = transformer.sentenceWidth;
    rows.forEach(({ at }, index) => {
      vectors[at] = values.slice(index * width, (index + 1) * width);
    });
    if ((start / ROWS) % 10 === 0) console.log(`${start + rows.length} of ${texts.length} sentences`);
  }
  return vectors;
}

function dot(a, b) {
  return a.reduce((sum, value, at) => sum + value * b[at], 0);
}

function pearson(a, b) {
  const mean = (values) => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [centreA, centreB] = [mean(a), mean(b)];
  const sum = (of) => a.reduce((total, _, at) => total + of(a[at] - centreA, b[at] - centreB), 0);
  return sum((x, y) => x * y) / Math.sqrt(sum((x) => x * x) * sum((_, y) => y * y));
}
