import { useId } from "react";
import { type LayerGrid, layerGrids, pickedLayers } from "../../engine/model/layerGrids.ts";
import { type RunConfig, runFields } from "../../engine/train/config.ts";
import { lab } from "../store.ts";

const sets = {
  "query-value": "Query and value",
  "attention-mlp": "Attention and feed-forward",
  "all-dense": "Every dense layer",
};
const PICK = "pick";

/** Which layers get an update: a set that has a name, or any of them, one box each. */
export function LayerPicker({ config }: { config: RunConfig }) {
  const id = useId();
  const grid = layerGrids[config.model];
  const isPicked = !(config.targets in sets);
  const choose = (set: string) =>
    lab.configure({ targets: set === PICK ? [...pickedLayers(grid, config.targets)].join(",") : set });
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
        <option value={PICK}>Picked by hand</option>
      </select>
      {isPicked && <Boxes grid={grid} targets={config.targets} />}
      <p id={`${id}-help`} className="help">
        {config.targets === "" && <strong className="problem">Pick at least one. </strong>}
        {runFields.targets.help}
      </p>
    </div>
  );
}

function Boxes({ grid, targets }: { grid: LayerGrid; targets: string }) {
  const picked = pickedLayers(grid, targets);
  const toggle = (layer: string) => {
    const next = grid.layers.filter((each) => picked.has(each) !== (each === layer));
    // A link may name the pooler too, which lies in no block.
    const others = targets.split(",").filter((each) => each === "pooler");
    lab.configure({ targets: [...next, ...others].join(",") });
  };
  return (
    <table className="layer-boxes">
      <caption className="visually-hidden">Layers that get an update</caption>
      <thead>
        <tr>
          <th scope="col">Block</th>
          {grid.parts.map((part) => (
            <th key={part} scope="col">
              {part}
            </th>
          ))}
        </tr>
      </thead>
      <tbody>
        {grid.blocks.map((block) => (
          <tr key={block}>
            <th scope="row">{block}</th>
            {grid.parts.map((part) => {
              const layer = `${block}.${part}`;
              return (
                <td key={part}>
                  {grid.layers.includes(layer) && (
                    <input
                      type="checkbox"
                      aria-label={`Block ${block}, ${part}`}
                      checked={picked.has(layer)}
                      onChange={() => toggle(layer)}
                    />
                  )}
                </td>
              );
            })}
          </tr>
        ))}
      </tbody>
    </table>
  );
}
