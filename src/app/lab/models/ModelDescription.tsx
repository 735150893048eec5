import type { ModelDescription } from "../../../worker/rpc.ts";
import { megabytes, short, whole } from "../../format.ts";

/** What a checkpoint is, what a run on it would take, and what keeps it from being used. */
export function Description({ name, seen }: { name: string; seen: ModelDescription }) {
  const { family, parameters, dtypes, storedBytes, positions, vocabularySize, layers, memory } = seen;
  return (
    <div className="description">
      <p>
        <strong>{name}</strong>: {family}, {short(parameters)} parameters in{" "}
        {dtypes.map(([dtype]) => dtype).join(" and ")} ({megabytes(storedBytes)}), {layers} dense layers, texts of up to{" "}
        {whole(positions)} tokens out of {whole(vocabularySize)}.
      </p>
      <p className="help">{seen.chosen}</p>
      {memory && "inWords" in memory && (
        <p>
          With the present settings {memory.inWords}; its largest buffer {megabytes(memory.largest.bytes)} of the{" "}
          {megabytes(memory.limit)} that one may have. Exports are written to the browser's storage; where that has no
          room, memory holds them.
        </p>
      )}
      {memory && "problem" in memory && <p>The present settings do not go with it yet: {memory.problem}</p>}
      {seen.obstacles.map((obstacle) => (
        <p key={obstacle} className="problem">
          {obstacle}
        </p>
      ))}
      {seen.warnings.map((warning) => (
        <p key={warning} className="help">
          {warning}
        </p>
      ))}
    </div>
  );
}
