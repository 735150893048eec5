import { writeTensor } from "../ops/tensor.ts";
import { KEPT } from "./namedParameters.ts";
import type { ProgramContext } from "./programs.ts";
import { runOnce } from "./runOnce.ts";
import type { RunState } from "./snapshot.ts";

/**
 * Puts a network where another run with its settings stood, which may have had another number of steps. A state of step 0
 * becomes its start.
 *
 * @throws ShapeError where the state is of another network, ConfigError where it is of a longer run that does not fit.
 */
export async function writeState(
  { device, workspace, network }: Pick<ProgramContext, "device" | "workspace" | "network">,
  { step, parts }: RunState,
): Promise<void> {
  const { named, arena, scheduled } = network;
  for (const [part, values] of Object.entries(parts))
    await named.write(scheduled && part === KEPT ? scheduled.fitted(values) : values, part);
  // Whatever the run had come to, it goes on from finite numbers.
  writeTensor(device, arena.clip, [0]);
  if (step === 0) await runOnce(device, workspace, "remember the start", (tape) => arena.remember(tape));
  const kept = parts[KEPT];
  if (!scheduled || !kept) return;
  await runOnce(device, workspace, "rebuild the weights", (tape) => scheduled.rebuild(tape));
  if (!scheduled.isBehind(step, kept)) return;
  scheduled.draw(step - 1);
  await runOnce(device, workspace, "rank schedule", (tape) => scheduled.record(tape));
}
