import { ShapeError } from "../errors.ts";
import { embedTokensKernel } from "../kernels/embedTokens.ts";
import { scattered } from "./gatherRows.ts";
import { rowMajorOf } from "./layout.ts";
import { sumRows } from "./sumRows.ts";
import type { Tape } from "./tape.ts";
import { bindable, isContiguous, sizeOf, type Tensor } from "./tensor.ts";

/** Rows of a table by number: `table` [entries, width], `ids` [rows, length], whole numbers below `entries`. */
interface Picked {
  readonly table: Tensor;
  readonly ids: Tensor;
}

/**
 * Embeddings of tokens: their words, plus the rows of their places, plus those of their kinds of segment where there are any.
 *
 * @param places [length, width], without gaps. @returns [rows, length, width].
 * @throws ShapeError where sizes do not go together.
 */
export function embedTokens(tape: Tape, words: Picked, places: Tensor, types?: Picked): Tensor {
  const { table, ids } = words;
  const [length, width] = places.shape as [number, number];
  const alike = [words, ...(types ? [types] : [])].every(
    (each) =>
      each.table.shape.length === 2 && each.table.shape[1] === width && each.ids.shape.join() === ids.shape.join(),
  );
  if (!alike || ids.shape.at(-1) !== length || places.shape.length !== 2 || !isContiguous(places)) {
    throw new ShapeError(
      `embedTokens: ${table.name} [${table.shape}], ${ids.name} [${ids.shape}] and ${places.name} [${places.shape}] ` +
        "do not go together",
    );
  }
  const count = sizeOf(ids.shape);
  const out = tape.tensor(`${table.name}[${ids.name}]`, [...ids.shape, width]);
  const [own, kinds] = [words, types].map((each) => each && rowMajorOf(tape, each.ids));
  const { tensor, offset } = bindable(places);
  tape.dispatch(embedTokensKernel, {
    tensors: {
      words: rowMajorOf(tape, table),
      ids: own!,
      places: tensor,
      types: types ? rowMajorOf(tape, types.table) : tape.zero,
      segments: kinds ?? tape.zero,
      out,
    },
    params: { count, width, length, firstPlace: offset },
    flags: { typed: types !== undefined },
  });
  tape.record(out, [
    [table, (grad) => scattered(tape, table, own!, grad)],
    [places, (grad) => tape.reshape(sumRows(tape, tape.reshape(grad, [count / length, length * width])), places.shape)],
    ...(types ? [[types.table, (grad: Tensor) => scattered(tape, types.table, kinds!, grad)] as const] : []),
  ]);
  return out;
}
