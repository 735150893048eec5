// ONNX Runtime Web (npm onnxruntime-web) with its WebGPU execution provider. It has had no training since 1.20.
import * as ort from "onnxruntime-web/webgpu";
import { nameOf, operands, probes, shapesOf } from "../../src/engine/bench/workload/products.ts";
import { MessageWriter } from "../../src/engine/onnx/protobuf.ts";

const FLOAT = 1;
const products = new Map();

/** A model of one MatMul over float32, as an ONNX ModelProto. */
function multiplication(shapes) {
  const value = (name, dims) => (message) =>
    message.text(1, name).message(2, (type) =>
      type.message(1, (tensor) =>
        tensor.integer(1, FLOAT).message(2, (shape) => {
          for (const size of dims) shape.message(1, (dim) => dim.integer(1, size));
        }),
      ),
    );
  return new MessageWriter()
    .integer(1, 8)
    .message(7, (graph) =>
      graph
        .message(1, (node) => node.text(1, "A").text(1, "B").text(2, "C").text(3, "product").text(4, "MatMul"))
        .text(2, "product")
        .message(11, value("A", shapes.a))
        .message(11, value("B", shapes.b))
        .message(12, value("C", shapes.c)),
    )
    .message(8, (opset) => opset.text(1, "").integer(2, 17))
    .finish();
}

async function preparedProduct(product) {
  const key = nameOf(product);
  if (products.has(key)) return products.get(key);
  const shapes = shapesOf(product);
  const session = await ort.InferenceSession.create(multiplication(shapes), {
    executionProviders: ["webgpu"],
    preferredOutputLocation: "gpu-buffer",
  });
  const device = await ort.env.webgpu.device;
  const uploaded = (values, dims) => {
    const usage = GPUBufferUsage.STORAGE | GPUBufferUsage.COPY_DST | GPUBufferUsage.COPY_SRC;
    const buffer = device.createBuffer({ size: values.byteLength, usage });
    device.queue.writeBuffer(buffer, 0, values);
    return ort.Tensor.fromGpuBuffer(buffer, { dataType: "float32", dims });
  };
  const { a, b } = operands(product);
  const prepared = { device, session, inputs: { A: uploaded(a, shapes.a), B: uploaded(b, shapes.b) } };
  products.set(key, prepared);
  return prepared;
}

window.bench = {
  async open() {
    ort.env.wasm.numThreads = 1;
    ort.env.logLevel = "error";
    return { backend: "webgpu" };
  },

  async probe(product) {
    const { session, inputs } = await preparedProduct(product);
    const { C } = await session.run(inputs);
    const values = await C.getData();
    return probes(product).map((at) => values[at]);
  },

  async product(product, runs) {
    const { device, session, inputs } = await preparedProduct(product);
    await device.queue.onSubmittedWorkDone();
    const started = performance.now();
    for (let run = 0; run < runs; run++) (await session.run(inputs)).C.dispose();
    await device.queue.onSubmittedWorkDone();
    return (performance.now() - started) / runs;
  },
};
