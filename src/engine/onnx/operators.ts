/** How many inputs and outputs a node may have. */
export interface Arity {
  readonly inputs: readonly [least: number, most: number];
  readonly outputs: readonly [least: number, most: number];
}

/** Versions of the standard operators that ONNX Runtime 1.30 runs. */
export const opsetVersions = [7, 26] as const;
/** Versions of the file format that it reads; before 3 there were no versions of operators. */
export const irVersions = [3, 13] as const;

/**
 * The standard operators (onnx.ai/onnx/operators) that an exported transformer may consist of. Control flow, sequences,
 * strings, images and random numbers are none of them.
 */
export const operators: ReadonlyMap<string, Arity> = new Map([
  ...ofArity([0, 0], [1, 1], "Constant"),
  ...ofArity(
    [1, 1],
    [1, 1],
    "Abs ArgMax Cast Ceil ConstantOfShape Cos Erf Exp Flatten Floor Gelu Identity IsInf IsNaN Log LogSoftmax Neg NonZero",
    "Not Reciprocal Relu Round Shape Sigmoid Sign Sin Size Softmax Softplus Sqrt Swish Tanh Transpose",
  ),
  ...ofArity([1, 1], [3, 3], "DynamicQuantizeLinear"),
  ...ofArity(
    [1, 2],
    [1, 1],
    "ReduceMax ReduceMean ReduceMin ReduceProd ReduceSum ReduceSumSquare Reshape Squeeze Trilu Unsqueeze",
  ),
  ...ofArity([1, 2], [2, 2], "TopK"),
  ...ofArity([1, 2], [1, Number.POSITIVE_INFINITY], "Split"),
  ...ofArity([1, 3], [1, 1], "Clip"),
  ...ofArity([1, 3], [1, 2], "Dropout"),
  ...ofArity([1, 4], [1, 1], "Pad"),
  ...ofArity([1, 5], [1, 1], "Slice"),
  ...ofArity([1, Number.POSITIVE_INFINITY], [1, 1], "Concat Einsum Max Mean Min Sum"),
  ...ofArity(
    [2, 2],
    [1, 1],
    "Add And CastLike CumSum Div Equal Expand Gather GatherElements GatherND Greater GreaterOrEqual Less LessOrEqual",
    "MatMul Mod Mul Or Pow RMSNormalization Sub Xor",
  ),
  ...ofArity([2, 3], [1, 1], "DequantizeLinear Gemm QuantizeLinear Tile"),
  ...ofArity([2, 3], [1, 3], "LayerNormalization"),
  ...ofArity([2, 4], [1, 1], "MatMulInteger"),
  ...ofArity([3, 3], [1, 1], "OneHot Range ScatterElements ScatterND Where"),
  ...ofArity([3, 4], [1, 1], "RotaryEmbedding"),
  ...ofArity([3, 7], [1, 4], "Attention"),
]);

function ofArity(inputs: Arity["inputs"], outputs: Arity["outputs"], ...names: string[]): [string, Arity][] {
  return names.flatMap((line) => line.split(" ")).map((name) => [name, { inputs, outputs }]);
}

/** Bytes of an element by the number of its type. Those without bytes are known but nothing here reads them. */
export const elementTypes: ReadonlyMap<number, { readonly name: string; readonly bytes: number | undefined }> = new Map(
  [
    [1, { name: "FLOAT", bytes: 4 }],
    [2, { name: "UINT8", bytes: 1 }],
    [3, { name: "INT8", bytes: 1 }],
    [4, { name: "UINT16", bytes: 2 }],
    [5, { name: "INT16", bytes: 2 }],
    [6, { name: "INT32", bytes: 4 }],
    [7, { name: "INT64", bytes: 8 }],
    [8, { name: "STRING", bytes: undefined }],
    [9, { name: "BOOL", bytes: 1 }],
    [10, { name: "FLOAT16", bytes: 2 }],
    [11, { name: "DOUBLE", bytes: 8 }],
    [12, { name: "UINT32", bytes: 4 }],
    [13, { name: "UINT64", bytes: 8 }],
    [14, { name: "COMPLEX64", bytes: undefined }],
    [15, { name: "COMPLEX128", bytes: undefined }],
    [16, { name: "BFLOAT16", bytes: 2 }],
  ],
);
