// jax-js (npm @jax-js/jax) on WebGPU, or on its WebAssembly backend with ?backend=wasm.
import * as jax from "@jax-js/jax";
import { initialWeights, makeBatches, networks } from "../../../src/engine/bench/workload/network.ts";
import { nameOf, operands, probes, shapesOf } from "../../../src/engine/bench/workload/products.ts";
import { trainingStep } from "./step.mjs";

const { numpy: np } = jax;
const backend = new URLSearchParams(location.search).get("backend") ?? "webgpu";
const made = new Map();

/** A value made once for a key. */
function once(key, make) {
  if (!made.has(key)) made.set(key, make());
  return made.get(key);
}

const array = (values, shape, dtype) => np.array(values, dtype && { dtype }).reshape(shape);

function preparedProduct(product) {
  return once(nameOf(product), () => {
    const { a, b } = operands(product);
    const shapes = shapesOf(product);
    return {
      a: array(a, shapes.a),
      b: array(b, shapes.b),
      multiply: jax.jit((x, y) => np.matmul(x, y)),
    };
  });
}

/** Weights, moments and the compiled step of a network; `taken` counts steps. */
async function prepareTraining(name) {
  const config = networks[name];
  const { frozen, factors } = initialWeights(config);
  const arrays = (tensors, valuesOf) =>
    Object.fromEntries(Object.entries(tensors).map(([key, tensor]) => [key, valuesOf(tensor)]));
  const given = ({ values, shape }) => array(values, shape);
  const zeros = ({ shape }) => np.zeros(shape);
  const state = {
    config,
    frozen: arrays(frozen, given),
    factors: arrays(factors, given),
    first: arrays(factors, zeros),
    second: arrays(factors, zeros),
    batches: makeBatches(config),
    taken: 0,
    step: once(`step of ${name}`, () => trainingStep(config)),
  };
  await jax.blockUntilReady([state.frozen, state.factors, state.first, state.second]);
  return state;
}

/** Enqueues one step. @returns its loss, which nobody has waited for. */
function enqueueStep(state) {
  const { config, batches, frozen, step } = state;
  const { ids, targets } = batches[state.taken++ % batches.length];
  const corrections = np.array(
    new Float32Array([1 / (1 - config.beta1 ** state.taken), 1 / (1 - config.beta2 ** state.taken)]),
  );
  const shape = [config.rows, config.length];
  const [loss, factors, first, second] = step(
    state.factors,
    state.first,
    state.second,
    jax.tree.ref(frozen),
    array(ids, shape, np.int32),
    array(targets, shape, np.int32),
    corrections,
  );
  Object.assign(state, { factors, first, second });
  return loss;
}

const lossValue = async (loss) => (await loss.data())[0];

window.bench = {
  async open() {
    const backends = await jax.init(backend);
    if (!backends.includes(backend)) throw new Error(`jax-js has no ${backend}, only ${backends}`);
    jax.defaultDevice(backend);
    return { backend };
  },

  async probe(product) {
    const { a, b, multiply } = preparedProduct(product);
    const values = await multiply(a.ref, b.ref).data();
    return probes(product).map((at) => values[at]);
  },

  async product(product, runs) {
    const { a, b, multiply } = preparedProduct(product);
    await jax.blockUntilReady([a, b]);
    const started = performance.now();
    // Results are lazy: one that is given up unread is never computed.
    const results = Array.from({ length: runs }, () => multiply(a.ref, b.ref));
    await jax.blockUntilReady(results);
    const ms = (performance.now() - started) / runs;
    for (const result of results) result.dispose();
    return ms;
  },

  async step(name, { steps, fresh }) {
    const asked = performance.now();
    const key = `training ${name}`;
    if (fresh || !made.has(key)) made.set(key, await prepareTraining(name));
    const state = made.get(key);
    const losses = [];
    const started = performance.now();
    let firstMs;
    if (fresh) {
      for (let step = 0; step < steps; step++) {
        losses.push(await lossValue(enqueueStep(state)));
        firstMs ??= performance.now() - asked;
      }
      return { ms: 0, losses, firstMs };
    }
    const waiting = Array.from({ length: steps }, () => enqueueStep(state));
    await waiting.at(-1).blockUntilReady();
    const ms = (performance.now() - started) / steps;
    for (const loss of waiting) losses.push(await lossValue(loss));
    return { ms, losses };
  },
};
