import { decimal, strength } from "../../format.ts";
import { usedInWords } from "../../state/findings.ts";
import { rankFacts } from "../../state/rankFacts.ts";
import { namesAmong } from "../../state/runNames.ts";
import { framesOf, headline, type RunRecord } from "../../state/runRecord.ts";
import type { Trouble } from "../../state/trouble.ts";

/** The numeral of each run: the rank in use; of one that came apart, what shows it. */
export function Numerals({ runs, trouble }: { runs: readonly RunRecord[]; trouble: Trouble | undefined }) {
  const [current] = runs;
  const nameOf = namesAmong(runs);
  if (current && trouble?.isBad)
    return (
      <p className="numeral bad">
        <b>{trouble.kind === "worse" ? decimal(headline(current)?.value ?? Number.NaN) : strength(largest(current))}</b>
        {trouble.kind === "exploding" && <span>largest singular value</span>}
      </p>
    );
  return runs.map((record) => {
    const facts = rankFacts(record);
    return (
      facts && (
        <p key={record.id} className={`numeral look-${record.look}`}>
          <b>{usedInWords(facts)}</b>
          {runs.length > 1 && <span>{nameOf(record)}</span>}
        </p>
      )
    );
  });
}

function largest(record: RunRecord): number {
  return (
    framesOf(record)
      .at(-1)
      ?.values.reduce((most, value) => Math.max(most, value), 0) ?? 0
  );
}
