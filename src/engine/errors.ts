/**
 * What can go wrong, by name.
 *
 * The message says what happened and to what; the hint says what the reader can do. Each class sets `name`
 * literally, because class names do not survive minification.
 */
export class EngineError extends Error {
  override readonly name: string = "EngineError";
  readonly hint: string | undefined;

  constructor(message: string, hint?: string, options?: ErrorOptions) {
    super(message, options);
    this.hint = hint;
  }
}

/** Two shapes that must agree do not. */
export class ShapeError extends EngineError {
  override readonly name = "ShapeError";
}

/** A kernel's shader and its declaration disagree, or the shader does not compile. */
export class KernelError extends EngineError {
  override readonly name = "KernelError";
}

/** A checkpoint, tokenizer or data file cannot be used. */
export class CheckpointError extends EngineError {
  override readonly name = "CheckpointError";
}

/** A setting is out of range, or two settings do not go together. */
export class ConfigError extends EngineError {
  override readonly name = "ConfigError";
}

/** There is no usable WebGPU; the message names the stage that failed. */
export class GpuUnavailableError extends EngineError {
  override readonly name = "GpuUnavailableError";
}

/** The device refused an allocation. */
export class OutOfMemoryError extends EngineError {
  override readonly name = "OutOfMemoryError";
}

/** The device went away while in use. */
export class DeviceLostError extends EngineError {
  override readonly name = "DeviceLostError";
}

/** Training produced a number that is not finite. */
export class DivergedError extends EngineError {
  override readonly name = "DivergedError";
  /** The step that did, counted from 0; it changed nothing. */
  readonly step: number;

  constructor(message: string, step: number, hint?: string) {
    super(message, hint);
    this.step = step;
  }
}
