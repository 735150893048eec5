import { type ModelSummary, pickedLayers } from "../../../engine/model/modelSummary.ts";
import { type RunConfig, runFields } from "../../../engine/settings/config.ts";
import { applies, problemsOf } from "../../../engine/settings/problems.ts";
import { LayerTable } from "../../charts/spectrum/LayerTable.tsx";
import { sentence } from "../../format.ts";
import { lab, useLab } from "../../state/store.ts";
import { fieldId } from "./FieldLink.tsx";

const sets = {
  "query-value": "Query and value",
  "attention-mlp": "Attention and feed-forward",
  "all-dense": "Every dense layer",
};
const PICK = "pick";

/** Which layers get an update: a set that has a name, or any of them, one box each. */
export function LayerPicker({ config }: { config: RunConfig }) {
  const id = fieldId("targets");
  const models = useLab((state) => state.models);
  const model = models[config.model];
  const problem = problemsOf(config, models).find(({ field }) => field === "targets")?.problem;
  const isPicked = !(config.targets in sets);
  const predictsTokens = !applies("head", config, models);
  const choose = (set: string) => {
    const layers = model && pickedLayers(model, config.targets, predictsTokens);
    lab.configure({ targets: set === PICK && layers ? [...layers].join(",") : set });
  };
  return (
    <div className="field">
      <div className="field-head">
        <label htmlFor={id}>{runFields.targets.label}</label>
      </div>
      <select
        id={id}
        value={isPicked ? PICK : config.targets}
        aria-describedby={`${id}-help`}
        onChange={(event) => choose(event.target.value)}
      >
        {Object.entries(sets).map(([set, label]) => (
          <option key={set} value={set}>
            {label}
          </option>
        ))}
        {model && <option value={PICK}>Picked by hand</option>}
      </select>
      {isPicked && model && <Boxes model={model} targets={config.targets} predictsTokens={predictsTokens} />}
      <p id={`${id}-help`} className="help">
        {problem && <strong className="problem">{sentence(problem)} </strong>}
        {runFields.targets.help}
      </p>
    </div>
  );
}

interface BoxesProps {
  readonly model: ModelSummary;
  readonly targets: string;
  readonly predictsTokens: boolean;
}

/** A box for every layer that the task goes through. */
function Boxes({ model, targets, predictsTokens }: BoxesProps) {
  const picked = pickedLayers(model, targets, predictsTokens);
  const isReached = (layer: string) => model.layers.has(layer) && (predictsTokens || !model.decoderLayers?.has(layer));
  const parts = model.parts.filter((part) => model.blocks.some((block) => isReached(`${block}.${part}`)));
  const blocks = model.blocks.filter((block) => parts.some((part) => isReached(`${block}.${part}`)));
  const box = (layer: string, label: string) =>
    isReached(layer) && (
      <input
        type="checkbox"
        aria-label={label}
        checked={picked.has(layer)}
        onChange={() => {
          const next = [...model.layers.keys()]
            .filter(isReached)
            .filter((each) => picked.has(each) !== (each === layer));
          lab.configure({ targets: next.join(",") });
        }}
      />
    );
  const rows = blocks.map((block) => ({
    block,
    cells: parts.map((part) => box(`${block}.${part}`, `Block ${block}, ${part}`)),
  }));
  const pooler = model.layers.has("pooler") ? [{ block: "pooler", cells: [box("pooler", "Pooler")] }] : [];
  return (
    <LayerTable className="layer-boxes" caption="Layers that get an update" kinds={parts} rows={[...rows, ...pooler]} />
  );
}
