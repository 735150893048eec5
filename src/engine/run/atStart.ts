import type { ProgramContext } from "./programs.ts";
import { runOnce } from "./runOnce.ts";

/** Uses a network as it was when it was remembered, and leaves it as it is now. */
export async function atStart<T>(
  { device, workspace, network }: Pick<ProgramContext, "device" | "workspace" | "network">,
  use: () => Promise<T>,
): Promise<T> {
  const exchange = () => runOnce(device, workspace, "exchange with the start", (tape) => network.arena.exchange(tape));
  await exchange();
  try {
    return await use();
  } finally {
    await exchange();
  }
}
