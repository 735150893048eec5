import type { TrainerCommand, TrainerEvent, TrainerEventHandlers, TrainerMessage } from "./protocol.ts";

/** The page's end of the line to the trainer. A worker that was given up takes its device memory with it. */
export class TrainerClient {
  readonly #handlers: TrainerEventHandlers;
  #worker: Worker | undefined;
  /** How many runs the worker was asked for; what it still says of earlier ones is of no interest. */
  #run = 0;

  constructor(handlers: TrainerEventHandlers) {
    this.#handlers = handlers;
  }

  send(command: TrainerCommand): void {
    this.#worker ??= this.#open();
    if (command.type === "prepare") this.#run++;
    this.#worker.postMessage(command);
  }

  /** Ends whatever is being done, at once; the next command starts a new worker. */
  abandon(): void {
    this.#worker?.terminate();
    this.#worker = undefined;
    this.#run = 0;
  }

  #open(): Worker {
    const worker = new Worker(new URL("./trainer.worker.ts", import.meta.url), {
      type: "module",
      // Where `models/` and `tasks/` lie; the worker's own script may be anywhere.
      name: new URL(".", document.baseURI).href,
    });
    worker.addEventListener("message", ({ data: { run, event } }: MessageEvent<TrainerMessage>) => {
      if (worker === this.#worker && run === this.#run) this.#dispatch(event);
    });
    worker.addEventListener("error", (event) => {
      event.preventDefault();
      this.abandon();
      this.#dispatch({
        type: "failed",
        failure: {
          name: "WorkerError",
          message: `the training worker stopped: ${event.message || "its script could not be loaded"}`,
          hint: "Press Train to build the run again; reload the page if that does not help.",
        },
        hasRun: false,
        step: 0,
      });
    });
    return worker;
  }

  #dispatch<T extends TrainerEvent["type"]>(event: Extract<TrainerEvent, { type: T }>): void {
    const handle = this.#handlers[event.type as T] as (event: Extract<TrainerEvent, { type: T }>) => void;
    handle(event);
  }
}
