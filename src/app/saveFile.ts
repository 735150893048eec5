import type { Download as MadeFile } from "../worker/rpc.ts";

/** Hands a file to the browser's downloads. */
export function save({ name, content }: Pick<MadeFile, "name" | "content">): void {
  const url = URL.createObjectURL(content);
  const anchor = document.createElement("a");
  anchor.href = url;
  anchor.download = name;
  anchor.click();
  setTimeout(() => URL.revokeObjectURL(url), 60_000);
}
