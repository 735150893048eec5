import type { Sources } from "../../src/engine/data/sources.ts";
import { originSources } from "../../src/worker/sources.ts";

/** Bundled models and tasks, which the pages are served with. */
export const sources: Sources = originSources(new URL("../", document.baseURI), new Map());
