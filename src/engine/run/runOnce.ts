import type { Device } from "../device/device.ts";
import type { Workspace } from "../ops/memoryPlan.ts";
import { Tape } from "../ops/tape.ts";

/** Records, runs and forgets something that happens once. */
export async function runOnce(
  device: Device,
  workspace: Workspace,
  label: string,
  record: (tape: Tape) => void,
): Promise<void> {
  const tape = new Tape(device, workspace);
  record(tape);
  const program = await tape.compile(label);
  void device.submit([program]);
  await device.idle();
  program.destroy();
}
