/** What a device has been asked for: live memory, and counts that tests and the page hold to their promises. */
export class Ledger {
  liveBytes = 0;
  peakBytes = 0;
  buffersCreated = 0;
  pipelinesCreated = 0;
  pipelinesReady = 0;
  /** Told whenever one more of the pipelines created so far is ready. */
  onPipeline: (ready: number, created: number) => void = () => {};
  bindGroupsCreated = 0;
  submissions = 0;
  /** Errors that no error scope caught; the first message is kept. */
  uncapturedErrors = 0;
  firstUncapturedError: string | undefined;

  allocated(bytes: number): void {
    this.buffersCreated++;
    this.liveBytes += bytes;
    this.peakBytes = Math.max(this.peakBytes, this.liveBytes);
  }

  freed(bytes: number): void {
    this.liveBytes -= bytes;
  }

  pipelineReady(): void {
    this.pipelinesReady++;
    this.onPipeline(this.pipelinesReady, this.pipelinesCreated);
  }

  uncaptured(message: string): void {
    this.uncapturedErrors++;
    this.firstUncapturedError ??= message;
  }
}
