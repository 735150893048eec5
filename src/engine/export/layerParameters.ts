import type { Device } from "../device/device.ts";
import type { PeftLayer, PeftTensor } from "../methods/adapters/peftForm.ts";
import type { LinearLayer } from "../model/transformer.ts";
import { readTensor, sizeOf } from "../ops/tensor.ts";
import type { Network } from "../run/network.ts";

/** An adapted layer with its adapter's parameters, constants and what layers share among them. */
export interface ParameterLayer extends PeftLayer {
  readonly layer: LinearLayer;
}

/** The parameters of all adapted layers as they are now, in the model's order; none where there is no adapter. */
export async function layerParameters(device: Device, network: Network): Promise<ParameterLayer[]> {
  const { method, groups, transformer } = network;
  if (method.kind !== "adapter") return [];
  const found = new Map<LinearLayer, ParameterLayer>();
  for (const group of groups) {
    const { layers, shape } = group;
    const own = layers.map((): Record<string, PeftTensor> => ({}));
    const tensors = network.parameters(group);
    for (const [name, spec] of Object.entries(method.adapter.parameters(shape, method.settings))) {
      const values = await readTensor(device, tensors[name]!);
      const size = sizeOf(spec.shape);
      for (const [index, layer] of own.entries()) {
        const from = spec.shared ? 0 : index * size;
        layer[name] = { shape: spec.shape, values: values.subarray(from, from + size) };
      }
    }
    for (const [index, layer] of layers.entries()) found.set(layer, { layer, shape, values: own[index]! });
  }
  return transformer.layers.flatMap((layer) => found.get(layer) ?? []);
}
