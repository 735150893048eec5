import type { BoundDispatch, Program } from "../device/device.ts";
import { DeviceScope } from "../device/scope.ts";

/** A device lent for a while, which remembers what every program consists of. */
export class RecordingScope extends DeviceScope {
  readonly #recorded: { readonly label: string; readonly dispatches: readonly BoundDispatch[] }[] = [];

  override compile(label: string, dispatches: readonly BoundDispatch[]): Promise<Program> {
    this.#recorded.push({ label, dispatches });
    return super.compile(label, dispatches);
  }

  /** The dispatches of the program that was last compiled under a label that starts like this. */
  dispatchesOf(label: string): readonly BoundDispatch[] {
    const found = this.#recorded.findLast((each) => each.label.startsWith(label));
    if (!found) throw new Error(`no program called ${label}… was compiled`);
    return found.dispatches;
  }
}
