/** Runs in a page before anything else: counts every WebGPU call that costs something, in `window.webgpuCalls`. */
export function countCalls() {
  const counted = {
    dispatches: ["GPUComputePassEncoder", "dispatchWorkgroups", "dispatchWorkgroupsIndirect"],
    submits: ["GPUQueue", "submit"],
    passes: ["GPUCommandEncoder", "beginComputePass"],
    bindGroups: ["GPUDevice", "createBindGroup"],
    buffers: ["GPUDevice", "createBuffer"],
    pipelines: ["GPUDevice", "createComputePipeline", "createComputePipelineAsync"],
    writes: ["GPUQueue", "writeBuffer"],
    maps: ["GPUBuffer", "mapAsync"],
  };
  window.webgpuCalls = Object.fromEntries(Object.keys(counted).map((name) => [name, 0]));
  for (const [name, [owner, ...methods]] of Object.entries(counted)) {
    const prototype = globalThis[owner]?.prototype;
    for (const method of methods) {
      const original = prototype?.[method];
      if (!original) continue;
      prototype[method] = function (...given) {
        window.webgpuCalls[name]++;
        return original.apply(this, given);
      };
    }
  }
}
