import { choice, since } from "../../field.ts";

export const nesterov = since(
  5,
  choice(
    "Nesterov",
    "on",
    { off: "Off", on: "On" },
    "Whether a step looks ahead by the momentum, as Muon's reference does and PyTorch's SGD where it is asked to.",
  ),
);
