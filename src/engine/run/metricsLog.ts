import type { RunSummary, TrainerEvent } from "./events.ts";

/** A line of metrics.jsonl: `_step` counts steps taken; names as Weights & Biases and Hugging Face's Trainer have them. */
export type MetricsLine = Readonly<Record<string, number | readonly number[]>>;

/** What an event of a run adds to its log of metrics, in the order in which it came; most add nothing. */
export function metricsLines(event: TrainerEvent, summary: RunSummary): MetricsLine[] {
  switch (event.type) {
    case "metrics":
      return event.rows.map(({ step, loss, gradientNorm, learningRate }) => ({
        _step: step + 1,
        "train/loss": loss,
        "train/grad_norm": gradientNorm,
        "train/learning_rate": learningRate,
      }));
    case "evaluation":
      return [
        {
          _step: event.step,
          ...Object.fromEntries(Object.entries(event.values).map(([name, value]) => [`eval/${name}`, value])),
        },
      ];
    case "measured":
      return [{ _step: event.step, ...Object.fromEntries(measuredEntries(event, summary)) }];
    default:
      return [];
  }
}

/** A layer's numbers by diagnostic, tensor and column: `spectrum/encoder.layer.0.attention.self.query/sv`. */
function measuredEntries(
  { diagnostic, values }: Extract<TrainerEvent, { type: "measured" }>,
  { layers, measured }: RunSummary,
): [string, number | number[]][] {
  let at = 0;
  return layers.flatMap(({ tensor }) =>
    (measured[diagnostic] ?? []).map(({ name, count }): [string, number | number[]] => {
      const own = [...values.subarray(at, at + (count ?? 1))];
      at += own.length;
      return [`${diagnostic}/${tensor.replace(/\.weight$/, "")}/${name}`, count === undefined ? own[0]! : own];
    }),
  );
}
