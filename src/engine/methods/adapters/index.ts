import type { Adapter } from "./adapter.ts";
import { compressedDeepLora } from "./compressedDeepLora.ts";
import { deepLora } from "./deepLora.ts";
import { dora } from "./dora.ts";
import { hira } from "./hira.ts";
import { lora } from "./lora.ts";
import { loraPaper } from "./loraPaper.ts";
import { miss } from "./miss.ts";
import { narrowDeepLora } from "./narrowDeepLora.ts";
import { vera } from "./vera.ts";

/** Every adapter, by the name that settings, links and files use. */
export const adapters = {
  "deep-lora-compressed": compressedDeepLora,
  "deep-lora-narrow": narrowDeepLora,
  "deep-lora-full": deepLora,
  lora,
  "lora-paper": loraPaper,
  dora,
  vera,
  miss,
  hira,
} as const satisfies Record<string, Adapter>;

export type AdapterName = keyof typeof adapters;
