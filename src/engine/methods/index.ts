import { adapters } from "./adapters/index.ts";
import { fieldsOf, type Method } from "./method.ts";

/** What updates are compared with: everything trains, or nothing but the task's output layer. */
const references = {
  full: {
    label: "Full fine-tuning",
    group: "Whole weights",
    source: "all weights of the model",
    equation: "W itself is trained",
    learningRate: 1e-4,
    trains: "weights",
    fields: {},
  },
  head: {
    label: "Head only",
    group: "No update",
    source: "the task's output layer alone",
    equation: "ΔW = 0, only the output layer is trained",
    learningRate: 1e-3,
    trains: "head",
    fields: {},
  },
} as const satisfies Record<string, Method>;

/** Every way to fine-tune, by the name that settings, links and files use. */
export const methods = { ...adapters, ...references } as const;

export type MethodName = keyof typeof methods;

/** The settings of all of them. */
export const methodFields = fieldsOf(methods);

/** A method by its name, with what all methods have. */
export function methodNamed(name: MethodName): Method {
  return methods[name];
}
