import type { Tensor as OrtTensor } from "onnxruntime-web";
import type { HostTensor } from "../engine/checkpoint/safetensors.ts";
import { EngineError } from "../engine/errors.ts";

/** What to run: a graph, the weights that it points to, and tokens. */
export interface VerifyRequest {
  /** A ModelProto from `onnxGraph`. */
  readonly graph: Uint8Array;
  /** The safetensors file, by the name that the graph calls it. */
  readonly weights: Uint8Array;
  readonly location?: string;
  /** Values of the graph's inputs by name, such as `input_ids` [rows, length]; whole numbers. Others are not looked at. */
  readonly inputs: ReadonlyMap<string, { readonly shape: readonly number[]; readonly values: ArrayLike<number> }>;
}

/** ONNX Runtime could not be loaded, or did not take or run a graph. */
export class OnnxRuntimeError extends EngineError {
  override readonly name = "OnnxRuntimeError";
}

let loading: Promise<typeof import("onnxruntime-web")> | undefined;

/** Loaded when it is first needed: 14 MB of WebAssembly, from the page's own origin. */
function onnxRuntime(): Promise<typeof import("onnxruntime-web")> {
  loading ??= import("onnxruntime-web/wasm").then((ort) => {
    // A forward pass to compare with is short, and some pages are not isolated, which more threads need.
    ort.env.wasm.numThreads = 1;
    ort.env.logLevel = "error";
    return ort;
  });
  return loading;
}

/**
 * Runs a forward pass in ONNX Runtime, on the CPU: an implementation that shares nothing with the engine.
 *
 * @returns all outputs of the graph by name, float32.
 * @throws OnnxRuntimeError
 */
export async function verifyForward(request: VerifyRequest): Promise<ReadonlyMap<string, HostTensor>> {
  const { graph, weights, location = "model.safetensors", inputs } = request;
  const ort = await onnxRuntime().catch((cause: unknown) => {
    // What failed may work later, when the network is back.
    loading = undefined;
    throw failed("ONNX Runtime could not be loaded", cause, "Reload the page while connected and try again.");
  });
  const session = await ort.InferenceSession.create(graph, {
    executionProviders: ["wasm"],
    externalData: [{ path: location, data: weights }],
  }).catch((cause: unknown) => {
    throw failed("ONNX Runtime refused the graph", cause);
  });
  const feeds: Record<string, OrtTensor> = {};
  try {
    for (const name of session.inputNames) {
      const input = inputs.get(name);
      if (!input) throw new OnnxRuntimeError(`the graph needs the input ${name}, which was not given`);
      feeds[name] = new ort.Tensor("int64", BigInt64Array.from(Array.from(input.values, BigInt)), [...input.shape]);
    }
    const outputs = await session.run(feeds);
    return new Map(
      Object.entries(outputs).map(([name, { dims, data }]) => [name, { shape: dims, values: data as Float32Array }]),
    );
  } catch (cause) {
    if (cause instanceof OnnxRuntimeError) throw cause;
    throw failed("ONNX Runtime could not run the graph", cause);
  } finally {
    await session.release();
  }
}

function failed(what: string, cause: unknown, hint?: string): OnnxRuntimeError {
  return new OnnxRuntimeError(`${what}: ${cause instanceof Error ? cause.message : cause}`, hint, { cause });
}
