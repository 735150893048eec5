// out[matrix, row, col] = input · scales + shifts, each placed by strides of its own; a stride of 0 repeats it.

struct Params {
  rows: u32,
  cols: u32,
  length: u32,
  inputOffset: u32,
  inputOuter: u32,
  inputRow: u32,
  inputCol: u32,
  scalesOffset: u32,
  scalesOuter: u32,
  scalesRow: u32,
  scalesCol: u32,
  shiftsOffset: u32,
  shiftsOuter: u32,
  shiftsRow: u32,
  shiftsCol: u32,
}

@group(0) @binding(0) var<uniform> params: Params;
@group(0) @binding(1) var<storage, read> input: array<f32>;
@group(0) @binding(2) var<storage, read> scales: array<f32>;
@group(0) @binding(3) var<storage, read> shifts: array<f32>;
@group(0) @binding(4) var<storage, read_write> out: array<f32>;

@compute @workgroup_size(64)
fn scaled(
  @builtin(workgroup_id) group: vec3u,
  @builtin(num_workgroups) groups: vec3u,
  @builtin(local_invocation_index) local: u32,
) {
  let i = flat_index(group, groups, local);
  if (i >= params.length) { return; }
  let col = i % params.cols;
  let row = (i / params.cols) % params.rows;
  let outer = i / (params.cols * params.rows);
  let x = input[params.inputOffset + outer * params.inputOuter + row * params.inputRow + col * params.inputCol];
  let s = scales[params.scalesOffset + outer * params.scalesOuter + row * params.scalesRow + col * params.scalesCol];
  let b = shifts[params.shiftsOffset + outer * params.shiftsOuter + row * params.shiftsRow + col * params.shiftsCol];
  out[i] = x * s + b;
}
