import { changeInWords, counted, decimal } from "../format.ts";
import { COLLAPSED, type RankFacts, rankFacts } from "./rankFacts.ts";
import { namesAmong, shortName } from "./runNames.ts";
import { headline, type RunRecord, valuesOf } from "./runRecord.ts";
import { troubleOf } from "./trouble.ts";

/** What is to be said of what is drawn: a sentence, and one or two beneath it. */
export interface Finding {
  readonly title: string;
  readonly detail: string;
  readonly isBad?: true;
}

/** The numeral that stands for a run: the rank that its updates use. */
export const usedInWords = ({ used }: RankFacts) => used.toFixed(1);

/** What a run shows while it trains. */
function whileItTrains(facts: RankFacts): Finding {
  return {
    title: `${counted(facts.layers, "layer", "layers")} may use rank ${facts.allowed}.`,
    detail: `They use ${usedInWords(facts)} by effective rank, the median layer.`,
  };
}

/** What one run came to: its metric before training and now, and the rank that it took. */
function atTheEnd(record: RunRecord, facts: RankFacts | undefined): Finding {
  const [metric] = valuesOf(record);
  const rank = facts && `with updates of rank ${usedInWords(facts)}`;
  const change =
    metric?.before !== undefined && metric.now !== undefined && changeInWords(metric.label, metric.before, metric.now);
  const title = change ? `${[change, rank].filter(Boolean).join(", ")}.` : `The run ended${rank ? ` ${rank}` : ""}.`;
  if (!facts) return { title, detail: "No weight matrix changed: only the head was trained." };
  const { allowed, collapsed, layers } = facts;
  const worked = collapsed > layers / 2 ? "; one direction did most of the learning" : "";
  return {
    title,
    detail: `They were allowed ${allowed}. ${collapsed} of ${counted(layers, "layer", "layers")} collapsed below rank ${COLLAPSED}${worked}.`,
  };
}

/** What two runs or more come to beside each other, the current one first. */
function sideBySide(runs: readonly RunRecord[]): Finding {
  const [own, other] = runs as [RunRecord, RunRecord];
  const [a, b] = [headline(own), headline(other)];
  const [ranks, otherRanks] = [rankFacts(own), rankFacts(other)];
  const ratio = ranks && otherRanks && ranks.used / otherRanks.used;
  const rank = ratio === undefined ? "" : `; ${namesAmong(runs)(own)} uses ${rankInWords(ratio)}`;
  const detail = runs.flatMap((run) => {
    const facts = rankFacts(run);
    return facts ? `${shortName(run)} uses ${usedInWords(facts)} of rank ${facts.allowed}` : [];
  });
  const seeds = "One seed each: how far two seeds lie apart is not measured here.";
  const said = detail.length > 0 ? `${detail.join("; ")}. ${seeds}` : seeds;
  if (!a || !b || a.id !== b.id) return { title: `${shortName(own)} beside ${shortName(other)}.`, detail: said };
  const [mine, theirs] = [decimal(a.value), decimal(b.value)];
  const title =
    mine === theirs ? `The same ${a.label}, ${mine}${rank}.` : `${a.label} ${mine} beside ${theirs}${rank}.`;
  return { title, detail: said };
}

/** A ratio of ranks as one reads it. */
export function rankInWords(ratio: number): string {
  const most = ratio < 1 ? ratio : 1 / ratio;
  const share =
    most > 0.9
      ? undefined
      : most > 0.72
        ? ""
        : most > 0.42
          ? "half"
          : most > 0.29
            ? "a third"
            : most > 0.22
              ? "a quarter"
              : "a fraction";
  if (share === undefined) return "about the same rank";
  if (ratio < 1) return share === "" ? "somewhat less rank" : `${share} of the rank`;
  return share === ""
    ? "somewhat more rank"
    : share === "half"
      ? "twice the rank"
      : `${Math.round(ratio)} times the rank`;
}

/** What is to be said of the runs that are drawn, the current one first; nothing before anything was measured. */
export function findingOf(runs: readonly RunRecord[], isOver: boolean): Finding | undefined {
  const [current] = runs;
  if (!current) return undefined;
  const trouble = troubleOf(current);
  if (trouble?.isBad) return { title: `${trouble.title}.`, detail: trouble.detail, isBad: true };
  const facts = rankFacts(current);
  if (!isOver) return facts && whileItTrains(facts);
  if (current.rows.length === 0) return facts && whileItTrains(facts);
  return runs.length > 1 ? sideBySide(runs) : atTheEnd(current, facts);
}
