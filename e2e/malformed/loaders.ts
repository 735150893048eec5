import { fromQuery } from "../../src/app/state/share.ts";
import { defaultConfig } from "../../src/engine/settings/config.ts";
import { writeExperiment } from "../../src/engine/settings/experiment.ts";
import type { LoaderJob, Outcome } from "./outcome.ts";

/** How much longer than allowed a loader may go on before it counts as hung. */
const PATIENCE = 4;

let worker: Worker | undefined;
const uncaught: string[] = [];

/** Reads one input with the product's loader and tells how it went: links here as the page does, files in a worker. */
async function runCase(job: LoaderJob): Promise<Outcome> {
  const bytes = await (await fetch(job.address)).arrayBuffer();
  const ticks = watchMainThread();
  const outcome = job.kind === "share" ? readLink(new TextDecoder().decode(bytes)) : await inWorker(job, bytes);
  const gap = ticks.end();
  return { ...outcome, gap, uncaught: uncaught.splice(0), marks: marksLeft() };
}

type Answer = Omit<Outcome, "gap" | "uncaught" | "marks">;

function readLink(link: string): Answer {
  const heap = () => (performance as unknown as { memory?: { usedJSHeapSize: number } }).memory?.usedJSHeapSize ?? 0;
  const heapBefore = heap();
  const before = performance.now();
  const shared = fromQuery(link);
  const ms = performance.now() - before;
  const megabytes = (heap() - heapBefore) / 2 ** 20;
  if (shared.kind === "run") return { verdict: "accept", ms, megabytes };
  const message = shared.problems.map(({ text }) => text).join(" ");
  return { verdict: "reject", code: shared.problems[0]!.code, message, ms, megabytes };
}

function inWorker(job: LoaderJob, bytes: ArrayBuffer): Promise<Answer> {
  worker ??= new Worker(new URL("./loaders.worker.ts", import.meta.url), { type: "module" });
  const own = worker;
  return new Promise((resolve) => {
    const end = (answer: Answer, survives: boolean) => {
      clearTimeout(timer);
      own.onmessage = own.onerror = null;
      if (!survives) {
        own.terminate();
        worker = undefined;
      }
      resolve(answer);
    };
    const limit = PATIENCE * job.maxMs;
    const timer = setTimeout(() => end({ verdict: "hang", ms: limit }, false), limit);
    own.onerror = ({ message }) => end({ verdict: "crash", message, ms: 0 }, false);
    own.onmessage = ({ data }: MessageEvent<Answer & { uncaught: readonly string[] }>) => {
      uncaught.push(...data.uncaught);
      end(data, true);
    };
    own.postMessage({ job, bytes }, [bytes]);
  });
}

/** The longest time that the page could not have answered a click. */
function watchMainThread() {
  let last = performance.now();
  let gap = 0;
  const look = () => {
    const now = performance.now();
    gap = Math.max(gap, now - last);
    last = now;
  };
  const timer = setInterval(look, 4);
  return {
    end() {
      clearInterval(timer);
      look();
      return gap;
    },
  };
}

/** What an input must not leave behind: properties on every object, scripts that ran, anything stored. */
function marksLeft(): string[] {
  const marks: string[] = [];
  if ("polluted" in {}) marks.push("a property of every object");
  if (Object.keys(Object.prototype).length > 0) marks.push("an enumerable property of Object.prototype");
  if ("__xss" in window) marks.push("a script that ran");
  if (document.body.childElementCount > 1) marks.push("an element in the page");
  if (localStorage.length + sessionStorage.length > 0) marks.push("an entry in the storage");
  return marks;
}

/** A file of our own, to be damaged. */
function goodExperiment(): Promise<string> {
  const result = { steps: 100, loss: 0.25, metrics: { pearson: 0.9 } };
  return writeExperiment(defaultConfig, { notes: { title: "Good", note: "One that was saved" }, result });
}

/** Names of everything that is stored for this origin. */
async function stored(): Promise<string[]> {
  const names = [...(await caches.keys()), ...(await indexedDB.databases()).map(({ name }) => name ?? "")];
  for await (const name of (await navigator.storage.getDirectory()).keys()) names.push(name);
  return names;
}

window.addEventListener("error", ({ message }) => uncaught.push(message));
window.addEventListener("unhandledrejection", ({ reason }) => uncaught.push(String(reason)));
Object.assign(window, { runCase, stored, goodExperiment });
