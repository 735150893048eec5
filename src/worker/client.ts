import type { DeviceChoice } from "../engine/device/adapters.ts";
import type {
  Failure,
  RequestMessage,
  ResponseMessage,
  TrainerCommand,
  TrainerEvent,
  TrainerEventHandlers,
  TrainerMessage,
} from "./protocol.ts";
import type { NamedFile, Progress, RequestName, RequestOf, ResponseOf } from "./rpc.ts";

/** A request that waits for its response. */
interface Pending {
  readonly resolve: (response: ResponseOf<RequestName>) => void;
  readonly reject: (failure: Failure) => void;
  readonly progress: Progress | undefined;
}

/** The page's end of the line to the trainer. A worker that was given up takes its device memory with it. */
export class TrainerClient {
  readonly #handlers: TrainerEventHandlers;
  readonly #chosenDevice: () => DeviceChoice | undefined;
  #worker: Worker | undefined;
  /** How many runs the worker was asked for; what it still says of earlier ones is of no interest. */
  #run = 0;
  #requests = 0;
  readonly #pending = new Map<number, Pending>();
  /** Checkpoints and data that were opened from files: a worker that takes over from another needs them too. */
  readonly #localFiles = new Map<string, readonly NamedFile[]>();

  /** @param chosenDevice what a worker that is started is to train on, where somebody chose. */
  constructor(handlers: TrainerEventHandlers, chosenDevice: () => DeviceChoice | undefined = () => undefined) {
    this.#handlers = handlers;
    this.#chosenDevice = chosenDevice;
  }

  send(command: TrainerCommand): void {
    const worker = this.#opened();
    if (command.type === "prepare") this.#run++;
    worker.postMessage(command);
  }

  /**
   * Asks the worker for something beside the run. @param signal cancels.
   *
   * @throws Failure, as plain data.
   */
  ask<N extends RequestName>(
    name: N,
    request: RequestOf<N>,
    { progress, signal }: { readonly progress?: Progress; readonly signal?: AbortSignal } = {},
  ): Promise<ResponseOf<N>> {
    const worker = this.#opened();
    const id = this.#requests++;
    return new Promise((resolve, reject) => {
      this.#pending.set(id, { resolve: resolve as Pending["resolve"], reject, progress });
      worker.postMessage({ type: "request", id, name, request } satisfies RequestMessage);
      signal?.addEventListener("abort", () => {
        worker.postMessage({ type: "cancel", id } satisfies RequestMessage);
        this.#pending.delete(id);
        reject({ name: "AbortError", message: "it was cancelled" } satisfies Failure);
      });
    });
  }

  /** Keeps the files of a checkpoint, or one with data, that were opened for as long as the page is open. */
  keep(reference: string, files: readonly NamedFile[]): void {
    this.#localFiles.set(reference, files);
  }

  /** Ends whatever is being done, at once; the next command starts a new worker. */
  abandon(): void {
    this.#worker?.terminate();
    this.#worker = undefined;
    this.#run = 0;
    const failure = { name: "AbortError", message: "the training worker was stopped before it could respond" };
    for (const { reject } of this.#pending.values()) reject(failure);
    this.#pending.clear();
  }

  #opened(): Worker {
    if (this.#worker) return this.#worker;
    this.#worker = this.#open();
    for (const [reference, files] of this.#localFiles) {
      this.#worker.postMessage({ type: "localFiles", reference, files } satisfies RequestMessage);
    }
    return this.#worker;
  }

  #open(): Worker {
    const page = new URL(".", document.baseURI);
    const chosen = this.#chosenDevice();
    if (chosen) page.searchParams.set("device", chosen);
    const worker = new Worker(new URL("./trainer.worker.ts", import.meta.url), {
      type: "module",
      // Where `models/` and `tasks/` lie; the worker's own script may be anywhere.
      name: page.href,
    });
    worker.addEventListener("message", ({ data }: MessageEvent<TrainerMessage | ResponseMessage>) => {
      if (worker !== this.#worker) return;
      if ("id" in data) this.#settle(data);
      else if (data.run === this.#run) this.#dispatch(data.event);
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

  #settle(message: ResponseMessage): void {
    const pending = this.#pending.get(message.id);
    if (!pending) return;
    if ("doing" in message) {
      pending.progress?.(message.doing, message.fraction, message.transfer);
      return;
    }
    this.#pending.delete(message.id);
    if ("failure" in message) pending.reject(message.failure);
    else pending.resolve(message.response);
  }

  #dispatch<T extends TrainerEvent["type"]>(event: Extract<TrainerEvent, { type: T }>): void {
    const handle = this.#handlers[event.type as T] as (event: Extract<TrainerEvent, { type: T }>) => void;
    handle(event);
  }
}
