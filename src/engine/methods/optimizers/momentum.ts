import { choice, number } from "../../field.ts";

/** Settings of optimizers with one moment. */
export const momentumFields = {
  momentum: number(
    "Momentum β",
    0.9,
    { min: 0, max: 0.999 },
    "Share of the last step's direction that the next one keeps; 0.9 is usual for SGD, 0.95 for Muon.",
  ),
  nesterov: choice(
    "Nesterov",
    "off",
    { off: "Off", on: "On" },
    "Whether the step looks ahead by the momentum; Muon's reference does.",
  ),
};
