import { type AdapterDescription, nameOfDevice } from "../../src/engine/device/device.ts";
import type { Failure, MetricRow, RunSummary, TrainerEvent } from "../../src/engine/run/events.ts";
import { type MetricsLine, metricsLines } from "../../src/engine/run/metricsLog.ts";
import type { Evaluation } from "../../src/engine/run/verdict.ts";
import type { RunConfig } from "../../src/engine/settings/config.ts";
import type { Tell } from "../commandLine.ts";
import type { RunFolder } from "./folder.ts";

/** What a trainer reports: it is kept, told, and from the first step on logged. */
export class RunReport {
  readonly rows: MetricRow[] = [];
  readonly lines: MetricsLine[] = [];
  readonly evaluations: Evaluation[] = [];
  adapter: AdapterDescription | undefined;
  summary: RunSummary | undefined;
  failure: Failure | undefined;
  readonly #config: Pick<RunConfig, "steps" | "maxTokens">;
  readonly #folder: RunFolder;
  readonly #tell: Tell;

  constructor(config: Pick<RunConfig, "steps" | "maxTokens">, folder: RunFolder, tell: Tell) {
    this.#config = config;
    this.#folder = folder;
    this.#tell = tell;
  }

  hear(event: TrainerEvent): void {
    const lines = this.summary ? metricsLines(event, this.summary) : [];
    // What a run was before its first step comes first, though it may be measured after it.
    if (event.type === "evaluation" && this.evaluations.length === 0) this.lines.unshift(...lines);
    else this.lines.push(...lines);
    if (this.evaluations.length > 0 && (this.rows.length > 0 || event.type === "metrics")) this.#folder.log(this.lines);
    switch (event.type) {
      case "device":
        this.adapter = event.adapter;
        this.#tell(`on ${nameOfDevice(event.adapter)}`, true);
        break;
      case "progress":
        this.#tell(`${event.doing}${event.fraction === undefined ? " …" : ` ${Math.round(100 * event.fraction)} %`}`);
        break;
      case "ready":
        this.summary = event.summary;
        if (event.summary.truncatedTexts > 0) this.#tell(cutInWords(event.summary, this.#config), true);
        this.#tell(`${event.summary.trainableParameters.toLocaleString("en")} numbers train`, true);
        break;
      case "metrics":
        this.#hearMetrics(event);
        break;
      case "evaluation": {
        this.evaluations.push(event);
        const values = Object.entries(event.values).map(([name, value]) => `${name} ${value.toFixed(4)}`);
        this.#tell(`step ${event.step}: ${values.join(", ")}`, true);
        break;
      }
      case "failed":
        this.failure = event.failure;
    }
  }

  #hearMetrics({ rows, stepsPerSecond }: Extract<TrainerEvent, { type: "metrics" }>): void {
    this.rows.push(...rows);
    const last = rows.at(-1);
    if (!last) return;
    const { steps } = this.#config;
    const left = Math.ceil((steps - last.step - 1) / stepsPerSecond);
    const pace = stepsPerSecond > 0 ? `, ${stepsPerSecond.toFixed(2)} steps/s, ${left} s left` : "";
    this.#tell(`step ${last.step + 1} of ${steps}, loss ${last.loss.toFixed(4)}${pace}`);
  }
}

/** The texts that are longer than a run reads, where there are any. */
function cutInWords({ truncatedTexts, totalTexts }: RunSummary, { maxTokens }: Pick<RunConfig, "maxTokens">): string {
  return `${truncatedTexts.toLocaleString("en")} of ${totalTexts.toLocaleString("en")} texts, to train and to validate on, are longer than ${maxTokens} tokens and are cut; maxTokens in the link sets the longest text`;
}
