import { isOfModel } from "../../../engine/checkpoint/folder.ts";
import type { NamedFile } from "../../../worker/rpc.ts";
import { parseRoute } from "../../shell/route.ts";

/** What files that are given to the page may be. */
export type Kind = "experiment" | "adapter" | "model" | "data";

/** Bytes at a file's beginning within which an experiment says that it is one. */
const BEGINNING = 200;

/** What files are, by their names and, of a single JSON file, its first lines; whoever opens them then looks closer. */
export async function kindOf(files: readonly NamedFile[]): Promise<Kind> {
  const [only] = files;
  if (only && files.length === 1 && (await isExperiment(only))) return "experiment";
  const names = files.map(({ name }) => name.split("/").at(-1)!);
  const isModel = names.some((name) => /^(config|modules)\.json$|^model\b.*\.safetensors$|\.(onnx|gguf)$/.test(name));
  const isAdapter = names.some((name) => /^adapter_(config\.json|model\.)|\.(zip|safetensors)$/.test(name));
  if (isAdapter && !isModel) return "adapter";
  return isModel || names.some(isOfModel) ? "model" : "data";
}

/** Whether a file begins as `writeExperiment` begins one: its version, and the program that wrote it. */
async function isExperiment({ content }: NamedFile): Promise<boolean> {
  const beginning = await content.slice(0, BEGINNING).text();
  return /^\uFEFF?\{\s*"v":\s*\d+,\s*"app":\s*"/.test(beginning);
}

/** What a pasted text is: the place that a link leads to, the name of a model on the hub, or text to be read as a file is. */
export type Pasted =
  | { readonly kind: "place"; readonly path: string }
  | { readonly kind: "repository"; readonly address: string }
  | { readonly kind: "text" };

export function pastedAs(written: string): Pasted {
  const text = written.trim();
  if (/\s/.test(text)) return { kind: "text" };
  if (/^v=\d+(&|$)/.test(text)) return { kind: "place", path: `/lab?${text}` };
  const hash = text.includes("#") ? text.slice(text.indexOf("#")) : "";
  const { screen, query } = parseRoute(hash);
  if (hash && (screen === "lab" || screen === "bench"))
    return { kind: "place", path: query === undefined ? `/${screen}` : `/${screen}?${query}` };
  if (/^(https?:\/\/(www\.)?(huggingface\.co|hf\.co)\/|hf:)/.test(text)) return { kind: "repository", address: text };
  return { kind: "text" };
}
