import { EngineError } from "../errors.ts";
import { type Check, relativeError, type Tolerance, times } from "./check.ts";
import { evaluate, numerically, type OpCase } from "./opCase.ts";

/** A case of an operation, as a check. */
export interface GradientCase extends OpCase {
  /** The operation's name, which is that of its file in `ops`. */
  readonly op: string;
  /** What is special about it. */
  readonly about?: string;
  readonly tolerance: Tolerance;
}

/**
 * A device's result and gradient, in its own arithmetic, against the reference's result and central differences of it
 * in float64.
 */
export function gradientCheck({ op, about, tolerance, ...opCase }: GradientCase): Check {
  const sizes = Object.entries(opCase.inputs).map(([name, shape]) => `${name} ${times(shape)}`);
  return {
    kind: "gradient",
    name: op,
    shape: [...(about === undefined ? [] : [about]), ...sizes].join(", "),
    tolerance,
    async run(device) {
      const expected = await numerically(opCase);
      const actual = await evaluate(device, opCase);
      const pairs = [
        ["the result", actual.out, expected.out] as const,
        ...Object.entries(expected.gradients).map(
          ([name, gradient]) => [`the gradient of ${name}`, actual.gradients[name] ?? [], gradient] as const,
        ),
      ];
      const errors = pairs.map(([what, own, other]) => {
        const error = relativeError(own, other);
        if (Number.isNaN(error)) throw new EngineError(`${what} is not there or has elements that are no numbers`);
        return error;
      });
      return Math.max(...errors);
    },
  };
}
