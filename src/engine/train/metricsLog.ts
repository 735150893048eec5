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
    case "spectrum":
      return [
        {
          _step: event.step,
          ...Object.fromEntries(
            summary.layers.map(({ tensor }, layer) => [
              `spectrum/${tensor.replace(/\.weight$/, "")}/sv`,
              [...event.values.subarray(layer * summary.spectrumSize, (layer + 1) * summary.spectrumSize)],
            ]),
          ),
        },
      ];
    default:
      return [];
  }
}
