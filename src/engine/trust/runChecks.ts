import type { Device } from "../device/device.ts";
import { DeviceScope } from "../device/scope.ts";
import { DeviceLostError, EngineError } from "../errors.ts";
import type { Check, CheckKind } from "./check.ts";
import { checks as allChecks } from "./checks.ts";

/** What a check found, as plain data. */
export interface CheckResult {
  readonly kind: CheckKind;
  readonly name: string;
  readonly shape: string;
  /** The largest error as a share of the largest value; absent where there is `problem` instead. */
  readonly error: number | undefined;
  readonly tolerance: number;
  /** Why the tolerance is what it is. */
  readonly why: string;
  /** What kept the check from having an error to speak of: always a failure. */
  readonly problem: string | undefined;
  readonly passes: boolean;
  readonly milliseconds: number;
}

/**
 * Runs checks one after the other. A check that fails is a result; the device is left as it was found, apart from
 * pipelines, which later runs share.
 *
 * @param options `report` hears of every result, and of how many there will be; `signal` ends it before the next check.
 * @throws DeviceLostError; the signal's reason.
 */
export async function runChecks(
  device: Device,
  options: {
    readonly checks?: readonly Check[];
    readonly report?: (result: CheckResult, done: number, total: number) => void;
    readonly signal?: AbortSignal;
  } = {},
): Promise<CheckResult[]> {
  const { checks = allChecks, report, signal } = options;
  const results: CheckResult[] = [];
  for (const check of checks) {
    // References run on this thread: without a pause nobody could be heard who wants to cancel.
    await pause();
    signal?.throwIfAborted();
    const result = await runCheck(device, check);
    results.push(result);
    report?.(result, results.length, checks.length);
  }
  return results;
}

async function runCheck(device: Device, check: Check): Promise<CheckResult> {
  const { kind, name, shape, tolerance } = check;
  const start = performance.now();
  const { error, problem } = await outcomeOf(device, check);
  return {
    kind,
    name,
    shape,
    error,
    tolerance: tolerance.bound,
    why: tolerance.why,
    problem,
    passes: error !== undefined && error <= tolerance.bound,
    milliseconds: performance.now() - start,
  };
}

async function outcomeOf(
  device: Device,
  check: Check,
): Promise<{ readonly error: number | undefined; readonly problem: string | undefined }> {
  const scope = new DeviceScope(device);
  const { uncapturedErrors } = device.ledger;
  try {
    const error = await Promise.race([check.run(scope), device.lost]);
    if (device.ledger.uncapturedErrors > uncapturedErrors) {
      return { error: undefined, problem: `the device reported an error: ${device.ledger.firstUncapturedError}` };
    }
    return Number.isFinite(error)
      ? { error, problem: undefined }
      : { error: undefined, problem: "the result has elements that are no finite numbers" };
  } catch (error) {
    // What fails because the device is going away says nothing of the kernel.
    await Promise.race([device.lost, pause()]);
    if (!(error instanceof EngineError) || error instanceof DeviceLostError) throw error;
    return { error: undefined, problem: error.message };
  } finally {
    scope.destroy();
  }
}

function pause(): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve));
}
