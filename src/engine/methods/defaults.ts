/**
 * The method of each family where nobody chose one. This file and each family's `roles.ts` are the only ones of the engine
 * that prefer a method to others: whoever takes one of these away names another here.
 */
export const defaults = {
  method: "deep-lora-compressed",
  loraStart: "kaiming",
  bases: "gradient",
  optimizer: "adamw",
  projector: "gradient",
} as const;
