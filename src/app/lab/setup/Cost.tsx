import { methodFields } from "../../../engine/methods/index.ts";
import type { FieldName, RunConfig } from "../../../engine/settings/config.ts";
import { updateSizeOf } from "../../../engine/settings/parameterCount.ts";
import { megabytes, short } from "../../format.ts";
import { useLab } from "../../state/store.ts";
import { namesOf } from "./groups.ts";

/** Settings on which the size of the update may depend. */
const decisive: readonly FieldName[] = [
  "model",
  "task",
  "data",
  "dataKind",
  "dataContext",
  "dataSecond",
  "dataLabel",
  "pairing",
  "method",
  ...namesOf(methodFields),
  "targets",
  "head",
];

/** What the update costs: of the run on screen where these are its settings, else as it will be. */
export function Cost({ config }: { config: RunConfig }) {
  const models = useLab((state) => state.models);
  const summary = useLab(({ current }) =>
    decisive.every((name) => current?.config[name] === config[name]) ? current?.summary : undefined,
  );
  const planned = summary ? undefined : updateSizeOf(config, models);
  const rows: [string, string][] = summary
    ? [
        [
          "Trained parameters",
          `${short(summary.trainableParameters)} (${((100 * summary.trainableParameters) / summary.totalParameters).toPrecision(2)} %)`,
        ],
        ["Adapted matrices", String(summary.layers.length)],
        ["Memory", megabytes(summary.deviceBytes)],
      ]
    : planned
      ? [
          ["Parameters in updates", short(planned.parameters)],
          ["Adapted matrices", String(planned.layers)],
        ]
      : [];
  return (
    <dl className="cost">
      {[...rows, ["Seed", String(config.seed)] as const].map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
