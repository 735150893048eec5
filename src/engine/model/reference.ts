/**
 * What settings and links call a model that is not bundled: `hf:owner/name@revision` for one on Hugging Face, and
 * `file:name~hash` for one that was opened from files, with the first 16 hex digits of its fingerprint. A reference
 * says where a model is to be had and never makes anything be fetched. `~modules` after a revision says that the folders of
 * its modules belong to it too: without, it is what it was when these were never read.
 */
export const FOREIGN_MODEL =
  /^(?:hf:[A-Za-z0-9][\w.-]{0,95}\/[A-Za-z0-9][\w.-]{0,95}@[A-Za-z0-9][\w.-]{0,63}(?:~modules)?|file:[A-Za-z0-9][\w.-]{0,63}~[0-9a-f]{16})$/;

export type ModelReference =
  | { readonly kind: "bundled"; readonly name: string }
  | {
      readonly kind: "hub";
      readonly owner: string;
      readonly name: string;
      readonly revision: string;
      readonly hasModules: boolean;
    }
  | { readonly kind: "file"; readonly name: string; readonly hash: string };

/** Takes a reference apart; one that is not foreign is a bundled model's name. */
export function parseReference(reference: string): ModelReference {
  const [, scheme, rest] = (FOREIGN_MODEL.test(reference) && /^(hf|file):(.*)$/.exec(reference)) || [];
  if (scheme === "hf") {
    const [owner, name, revision, modules] = rest!.split(/[/@~]/) as [string, string, string, string?];
    return { kind: "hub", owner, name, revision, hasModules: modules !== undefined };
  }
  if (scheme === "file") {
    const [name, hash] = rest!.split("~") as [string, string];
    return { kind: "file", name, hash };
  }
  return { kind: "bundled", name: reference };
}

/** A file name, a folder or a repository as part of a reference. */
export function referenceName(name: string): string {
  return (
    name
      .replace(/[^\w.-]+/g, "-")
      .replace(/^[^A-Za-z0-9]+/, "")
      .slice(0, 64) || "model"
  );
}

/** A reference in words, short enough for a form. */
export function describeReference(reference: string): string {
  const parsed = parseReference(reference);
  switch (parsed.kind) {
    case "hub":
      return `${parsed.name} of ${parsed.owner} on Hugging Face (${shortRevision(parsed.revision)})`;
    case "file":
      return `${parsed.name} from files (${parsed.hash.slice(0, 8)})`;
    case "bundled":
      return parsed.name;
  }
}

/** A revision as people tell commits apart: by their first digits. */
export function shortRevision(revision: string): string {
  return /^[0-9a-f]{40}$/.test(revision) ? revision.slice(0, 7) : revision;
}
