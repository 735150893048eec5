/** Counts of the WebGPU calls that cost something. */
export interface WebgpuCalls {
  dispatches: number;
  submits: number;
  passes: number;
  bindGroups: number;
  buffers: number;
  pipelines: number;
  writes: number;
  maps: number;
}

/** Runs in a page before anything else: counts every such call, in `window.webgpuCalls`. */
export function countCalls(): void {
  const counts: WebgpuCalls = {
    dispatches: 0,
    submits: 0,
    passes: 0,
    bindGroups: 0,
    buffers: 0,
    pipelines: 0,
    writes: 0,
    maps: 0,
  };
  window.webgpuCalls = counts;
  const count = (sort: keyof WebgpuCalls, owner: string, ...methods: readonly string[]) => {
    const prototype: object | undefined = Reflect.get(globalThis, owner)?.prototype;
    for (const method of prototype ? methods : []) {
      const original: unknown = Reflect.get(prototype!, method);
      if (typeof original !== "function") continue;
      Reflect.set(prototype!, method, function (this: unknown, ...given: readonly unknown[]) {
        counts[sort]++;
        return Reflect.apply(original, this, given);
      });
    }
  };
  count("dispatches", "GPUComputePassEncoder", "dispatchWorkgroups", "dispatchWorkgroupsIndirect");
  count("submits", "GPUQueue", "submit");
  count("passes", "GPUCommandEncoder", "beginComputePass");
  count("bindGroups", "GPUDevice", "createBindGroup");
  count("buffers", "GPUDevice", "createBuffer");
  count("pipelines", "GPUDevice", "createComputePipeline", "createComputePipelineAsync");
  count("writes", "GPUQueue", "writeBuffer");
  count("maps", "GPUBuffer", "mapAsync");
}
