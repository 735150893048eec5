import type { TrainingDevice } from "../device/device.ts";
import { DeviceFaultError, DivergedError, EngineError } from "../errors.ts";
import type { Report } from "../report.ts";
import type { Changeable } from "../settings/changes.ts";
import { diverged, divergedAt } from "./diagnosis.ts";
import type { Failure, TrainerEvent } from "./events.ts";
import { describe } from "./failure.ts";
import type { RunSession } from "./runSession.ts";
import type { RunState } from "./snapshot.ts";
import { StepReports } from "./stepReports.ts";
import { Validations } from "./validations.ts";

/**
 * Holds one run and moves it on: the loop around a session, with events for whoever watches. One operation at a
 * time; `pause` takes effect before the next step.
 */
export class Trainer<C, S extends RunSession> {
  readonly #openDevice: () => Promise<TrainingDevice>;
  readonly #build: (device: TrainingDevice, config: C, report: Report) => Promise<S>;
  readonly #report: (event: TrainerEvent, run: number) => void;
  /** Counts `prepare`, so that a late event of one run is never taken for the next one's. */
  #run = 0;
  #device: TrainingDevice | undefined;
  #session: S | undefined;
  #queue: Promise<void> = Promise.resolve();
  #pauseAsked = false;
  #pending: Promise<void> = Promise.resolve();
  readonly #steps: StepReports;
  readonly #validations: Validations;
  #isBusy = false;

  /**
   * @param build prepares a run.
   * @param report hears of everything, with the number of the `prepare` that it belongs to, from 1.
   */
  constructor(
    openDevice: () => Promise<TrainingDevice>,
    build: (device: TrainingDevice, config: C, report: Report) => Promise<S>,
    report: (event: TrainerEvent, run: number) => void,
  ) {
    this.#openDevice = openDevice;
    this.#build = build;
    this.#report = report;
    const emit = (event: TrainerEvent) => this.#emit(event);
    this.#steps = new StepReports(emit);
    this.#validations = new Validations(emit, async () => {
      await this.#pending;
      this.#steps.tell();
      this.#steps.restartRate();
    });
  }

  /**
   * Builds a run and stops before its next step; the run before it is given up.
   *
   * @param from where it goes on from, instead of its own beginning.
   */
  prepare(config: C, from?: RunState): Promise<void> {
    this.#pauseAsked = true;
    return this.#enqueue(async () => {
      this.#run++;
      this.#session?.destroy();
      this.#session = undefined;
      const device = await this.#ready();
      const idleBytes = device.ledger.liveBytes;
      const session = await this.#build(device, config, (doing, fraction) =>
        this.#emit({ type: "progress", doing, ...(fraction !== undefined && { fraction }) }),
      )
        .then(async (built) => {
          if (from) await built.restore(from);
          return built;
        })
        .catch((error) => {
          // What a half-built run holds goes with its device; the next run opens another.
          if (device.ledger.liveBytes > idleBytes) this.#giveUp(device);
          throw error;
        });
      this.#session = session;
      this.#forget();
      this.#validations.forget();
      this.#emit({ type: "ready", summary: session.summary });
      await this.#measureStart(session);
      await this.#validations.begin(session);
      this.#rest(session);
    });
  }

  /** Trains to the end of the run, or until `pause`. */
  train(): Promise<void> {
    this.#pauseAsked = false;
    return this.#enqueue(async () => {
      const session = this.#prepared();
      this.#steps.restartRate();
      this.#emit({ type: "phase", phase: "training", step: session.step });
      while (!this.#pauseAsked && session.step < session.config.steps) {
        await this.#advance(session);
        await this.#validations.afterStep(session);
      }
      await this.#settle(session);
    });
  }

  pause(): void {
    this.#pauseAsked = true;
  }

  /** Changes a setting from the next step on, while the run trains or between. */
  change(name: Changeable, value: number): void {
    try {
      this.#emit({ type: "changed", changes: this.#prepared().change?.(name, value) ?? "" });
    } catch (error) {
      this.#fail(describe(error));
    }
  }

  /** Back to where the run's validation was best. */
  goBack(): Promise<void> {
    this.#pauseAsked = true;
    return this.#enqueue(async () => {
      const session = this.#prepared();
      const kept = this.#validations.best;
      if (!kept) throw new EngineError("no earlier state of this run was kept", "Go on with it, or reset it.");
      await session.restore(kept.state, kept.changes);
      this.#forget();
      this.#validations.wentBack(session);
      this.#emit({ type: "wentBack", step: session.step, changes: kept.changes ?? "" });
      this.#rest(session);
    });
  }

  /** One step, measured whether or not that is due. */
  step(): Promise<void> {
    return this.#enqueue(async () => {
      const session = this.#prepared();
      if (session.step < session.config.steps) {
        await this.#advance(session, true);
        await this.#validations.afterStep(session);
      }
      await this.#settle(session);
    });
  }

  /** Back to step 0: the same weights, the same order of examples. */
  reset(): Promise<void> {
    this.#pauseAsked = true;
    return this.#enqueue(async () => {
      const session = this.#prepared();
      await session.reset();
      this.#forget();
      this.#emit({ type: "restarted" });
      await this.#measureStart(session);
      await this.#validations.begin(session);
      this.#emit({ type: "phase", phase: "paused", step: 0 });
    });
  }

  /** Continues a prompt with the model as it was before training and as it is now. */
  sample(prompt: string): Promise<void> {
    return this.#enqueue(async () => {
      const session = this.#prepared();
      const [before] = (await session.continuations?.([prompt], "before")) ?? [];
      const [now] = (await session.continuations?.([prompt], "now")) ?? [];
      if (before && now) this.#emit({ type: "sampled", before, now });
      this.#rest(session);
    });
  }

  /**
   * Lends out the device, and the run where there is one, between two operations: for what looks at a run without
   * moving it on. A failure is the borrower's own and leaves the run as it was.
   */
  borrow<T>(use: (device: TrainingDevice, session: S | undefined) => Promise<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      void this.#enqueue(async () => {
        try {
          const device = await this.#ready();
          resolve(await Promise.race([use(device, this.#session), device.lost]));
        } catch (error) {
          reject(error);
        }
      });
    });
  }

  async #ready(): Promise<TrainingDevice> {
    if (this.#device) return this.#device;
    this.#emit({ type: "progress", doing: "Asking for the device" });
    const device = await this.#openDevice();
    this.#device = device;
    device.lost.catch((error) => {
      if (this.#device !== device) return;
      this.#device = undefined;
      this.#session = undefined;
      // An operation that is on ends with this failure by itself; between two there is nobody else to tell it.
      if (!this.#isBusy) this.#fail(describe(error));
    });
    this.#emit({ type: "device", adapter: device.description });
    return device;
  }

  #giveUp(device: TrainingDevice): void {
    this.#device = undefined;
    device.destroy();
  }

  async #advance(session: S, measuring = false): Promise<void> {
    await session.room();
    this.#requireSound();
    if (session.step === 0) this.#emit({ type: "progress", doing: "Taking the first step" });
    const { metrics, measured } = session.submitStep(measuring);
    const values = measured.map((each) => each.values);
    const before = this.#pending;
    // Results are reported in the order of the steps and never awaited here: the queue stays filled.
    this.#pending = Promise.all([before, metrics, ...values]).then(([, row, ...read]) => {
      if (!Number.isFinite(row.loss) || !Number.isFinite(row.gradientNorm)) throw diverged(row);
      this.#steps.add(row);
      for (const [at, { diagnostic }] of measured.entries())
        this.#emit({ type: "measured", diagnostic, step: row.step + 1, values: read[at]! });
      this.#steps.tellIfDue();
    });
    // An error is raised where the loop next waits; until then it must not count as unhandled.
    this.#pending.catch(() => {
      this.#pauseAsked = true;
    });
  }

  /** What updates are before the first step. */
  async #measureStart(session: S): Promise<void> {
    if (session.step > 0) return;
    await session.room();
    for (const { diagnostic, values } of session.measure?.() ?? [])
      this.#emit({ type: "measured", diagnostic, step: 0, values: await values });
  }

  /** Waits for everything submitted, then reports where the run stands. */
  async #settle(session: S): Promise<void> {
    await this.#pending;
    this.#requireSound();
    this.#steps.tell();
    await this.#validations.start(session);
    if (session.step >= session.config.steps) await this.#validations.end(session);
    this.#rest(session);
  }

  /** Says that the run stands still, and where. */
  #rest({ step, config }: S): void {
    this.#emit({ type: "phase", phase: step < config.steps ? "paused" : "finished", step });
  }

  /** Says what failed, and what is left of the run. */
  #fail(failure: Failure): void {
    const hasRun = this.#session !== undefined;
    this.#emit({ type: "failed", failure, hasRun, step: this.#session?.step ?? 0 });
  }

  #emit(event: TrainerEvent): void {
    this.#report(event, this.#run);
  }

  #forget(): void {
    this.#steps.forget();
    this.#pending = Promise.resolve();
  }

  /** Where a run diverged, the error that names the tensor, if it can be found; the run is then where it was before. */
  async #explained(error: unknown): Promise<unknown> {
    const [session, device] = [this.#session, this.#device];
    if (!(error instanceof DivergedError && session && device)) return error;
    this.#emit({ type: "progress", doing: "Looking for the first number that is not finite" });
    try {
      const finding = await Promise.race([session.diagnose(error.step), device.lost]);
      await Promise.race([this.#validations.start(session), device.lost]);
      return finding ? divergedAt(error.step, finding) : error;
    } catch {
      // There may be no room to look, and the device may be gone; what is known is said.
      return error;
    }
  }

  /** @throws DeviceFaultError. */
  #requireSound(): void {
    const { firstUncapturedError } = this.#device?.ledger ?? {};
    if (firstUncapturedError === undefined) return;
    throw new DeviceFaultError(
      `the graphics device refused a command: ${firstUncapturedError}`,
      "It is a fault of Rankscope or of the graphics driver: train again, and report it if it stays.",
    );
  }

  #prepared(): S {
    if (!this.#session) throw new EngineError("there is no run to go on with", "Start it again.");
    return this.#session;
  }

  /** Runs one operation after the others; a failure is reported, and the run stays where it was. */
  #enqueue(operation: () => Promise<void>): Promise<void> {
    const next = this.#queue.then(async () => {
      this.#isBusy = true;
      try {
        // A lost device may leave waits unanswered, so it ends the operation by itself.
        const lost = this.#device?.lost;
        await (lost ? Promise.race([operation(), lost]) : operation());
      } catch (error) {
        this.#pauseAsked = true;
        this.#pending = Promise.resolve();
        this.#steps.tell();
        const failure = describe(await this.#explained(error));
        if (error instanceof DeviceFaultError && this.#device) {
          this.#session = undefined;
          this.#giveUp(this.#device);
        }
        this.#fail(failure);
      } finally {
        this.#isBusy = false;
      }
    });
    this.#queue = next;
    return next;
  }
}
