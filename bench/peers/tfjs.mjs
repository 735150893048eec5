// TensorFlow.js (npm @tensorflow/tfjs) with its WebGPU backend. It runs operations one by one; AdamW is written here.
import * as tf from "@tensorflow/tfjs";
import "@tensorflow/tfjs-backend-webgpu";
import { initialWeights, makeBatches, networks } from "../../src/engine/bench/workload/network.ts";
import { nameOf, operands, probes, shapesOf } from "../../src/engine/bench/workload/products.ts";
import { lossOf } from "./tfjsNetwork.mjs";

const products = new Map();
const trainings = new Map();

/** Sends off what the backend has gathered, if there is anything, and waits for it. */
async function finished() {
  const backend = tf.backend();
  if (backend.commandEncoder) {
    backend.endComputePassEncoder();
    backend.submitQueue();
  }
  await backend.device.queue.onSubmittedWorkDone();
}

function preparedProduct(product) {
  const key = nameOf(product);
  if (!products.has(key)) {
    const { a, b } = operands(product);
    const shapes = shapesOf(product);
    products.set(key, { a: tf.tensor(a, shapes.a), b: tf.tensor(b, shapes.b) });
  }
  return products.get(key);
}

function prepareTraining(name) {
  const config = networks[name];
  const { frozen, factors } = initialWeights(config);
  const each = (tensors, make) =>
    Object.fromEntries(Object.entries(tensors).map(([key, tensor]) => [key, make(tensor)]));
  const moments = () => each(factors, ({ shape }) => tf.variable(tf.zeros(shape), false));
  const state = {
    config,
    frozen: each(frozen, ({ values, shape }) => tf.tensor(values, shape)),
    factors: each(factors, ({ values, shape }) => tf.variable(tf.tensor(values, shape), true)),
    first: moments(),
    second: moments(),
    batches: makeBatches(config),
    taken: 0,
  };
  return { ...state, loss: lossOf(config, state.frozen, state.factors) };
}

/** Runs one step. @returns its loss, which nobody has waited for. */
function step(state) {
  const { config, factors, first, second, batches, loss } = state;
  const { learningRate, beta1, beta2, epsilon, weightDecay, rows, length } = config;
  return tf.tidy(() => {
    const { ids, targets } = batches[state.taken++ % batches.length];
    const whole = (values) => tf.tensor(values, [rows, length], "int32");
    const [tokens, next] = [whole(ids), whole(targets)];
    const { value, grads } = tf.variableGrads(() => loss(tokens, next), Object.values(factors));
    const firstCorrection = 1 / (1 - beta1 ** state.taken);
    const secondCorrection = 1 / (1 - beta2 ** state.taken);
    for (const [name, factor] of Object.entries(factors)) {
      const gradient = grads[factor.name];
      first[name].assign(first[name].mul(beta1).add(gradient.mul(1 - beta1)));
      second[name].assign(second[name].mul(beta2).add(gradient.mul(gradient).mul(1 - beta2)));
      const deviation = tf.sqrt(second[name].mul(secondCorrection)).add(epsilon);
      const change = first[name].mul(firstCorrection).div(deviation);
      factor.assign(factor.mul(1 - learningRate * weightDecay).sub(change.mul(learningRate)));
    }
    return value;
  });
}

async function lossValue(loss) {
  const [value] = await loss.data();
  loss.dispose();
  return value;
}

window.bench = {
  async open() {
    if (!(await tf.setBackend("webgpu"))) throw new Error("TensorFlow.js found no WebGPU");
    await tf.ready();
    return { backend: tf.getBackend() };
  },

  async probe(product) {
    const { a, b } = preparedProduct(product);
    const result = tf.matMul(a, b);
    const values = await result.data();
    result.dispose();
    return probes(product).map((at) => values[at]);
  },

  async product(product, runs) {
    const { a, b } = preparedProduct(product);
    await finished();
    const started = performance.now();
    for (let run = 0; run < runs; run++) tf.matMul(a, b).dispose();
    await finished();
    return (performance.now() - started) / runs;
  },

  async step(name, { steps, fresh }) {
    const asked = performance.now();
    if (fresh || !trainings.has(name)) trainings.set(name, prepareTraining(name));
    const state = trainings.get(name);
    await finished();
    const losses = [];
    const started = performance.now();
    let firstMs;
    if (fresh) {
      for (let taken = 0; taken < steps; taken++) {
        losses.push(await lossValue(step(state)));
        firstMs ??= performance.now() - asked;
      }
      return { ms: 0, losses, firstMs };
    }
    const waiting = Array.from({ length: steps }, () => step(state));
    await finished();
    const ms = (performance.now() - started) / steps;
    for (const loss of waiting) losses.push(await lossValue(loss));
    return { ms, losses };
  },
};
