import { Trash2 } from "lucide-react";
import { parseReference, shortRevision } from "../../../../engine/model/reference.ts";
import { bytesOf } from "../../../../worker/hub/model.ts";
import type { StoredModel } from "../../../../worker/rpc.ts";
import { megabytes } from "../../../format.ts";
import { hub, useHub } from "../../../state/hub.ts";
import { useLab } from "../../../state/store.ts";

/** The models that were downloaded to this browser, in whole or in part. */
export function StoredModels() {
  const stored = useHub((state) => state.stored);
  if (!stored || stored.length === 0) return null;
  const bytes = stored.reduce((sum, { storedBytes }) => sum + storedBytes, 0);
  return (
    <>
      <h3>In this browser, {megabytes(bytes)}</h3>
      <ul className="stored-models" aria-label="Models in this browser">
        {stored.map((each) => (
          <Stored key={each.reference} stored={each} />
        ))}
      </ul>
    </>
  );
}

function Stored({ stored: { reference, model, storedBytes, isComplete } }: { stored: StoredModel }) {
  const { busy, target } = useHub();
  const isUsed = useLab(({ config, models }) => config.model === reference && reference in models);
  const named = parseReference(reference);
  const name = named.kind === "hub" ? `${named.owner}/${named.name}` : reference;
  const revision = named.kind === "hub" ? shortRevision(named.revision) : "";
  const isBusy = busy !== undefined;
  const state = isComplete
    ? `${megabytes(storedBytes)}, checked`
    : model
      ? `${megabytes(storedBytes)} of ${megabytes(bytesOf(model))}, not usable yet`
      : "damaged; remove it";
  return (
    <li>
      <p>
        <strong>{name}</strong> <span className="numbers">{revision}</span>: {state}
        {isUsed && ", chosen"}
      </p>
      <p className="actions">
        {isComplete && !isUsed && (
          <button type="button" disabled={isBusy} aria-label={`Use ${name}`} onClick={() => void hub.use(reference)}>
            Use
          </button>
        )}
        {!isComplete && model && !target && (
          <button
            type="button"
            disabled={isBusy}
            aria-label={`Resume ${name}`}
            onClick={() => void hub.download(model)}
          >
            Resume
          </button>
        )}
        <button
          type="button"
          disabled={isBusy}
          aria-label={`Remove ${name} ${revision}`}
          onClick={({ currentTarget }) => {
            // The button goes with what it removes.
            currentTarget.closest<HTMLElement>(".hub")?.focus();
            void hub.remove(reference);
          }}
        >
          <Trash2 aria-hidden="true" /> Remove
        </button>
      </p>
      {isComplete && model && (
        <details>
          <summary>Files and hashes</summary>
          <ul className="hashes">
            {model.files.map(({ name: file, size, hash }) => (
              <li key={file}>
                {file}, {megabytes(size)}, {hash.kind === "sha256" ? "SHA-256" : "git SHA-1"} <code>{hash.hex}</code>
              </li>
            ))}
          </ul>
        </details>
      )}
    </li>
  );
}
