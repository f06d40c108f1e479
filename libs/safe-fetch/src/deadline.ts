/** A time limit that stands still while others are waited for: whoever queues in front of a host has not begun yet. */
export class Deadline {
  private readonly controller = new AbortController();
  private readonly outer: AbortSignal | undefined;
  private leftMs: number;
  private startedAt = 0;
  private timer: NodeJS.Timeout | undefined;

  constructor(limitMs: number, outer?: AbortSignal) {
    this.leftMs = limitMs;
    this.outer = outer;
    if (outer?.aborted === true) this.abort();
    else outer?.addEventListener('abort', this.abort);
    this.start();
  }

  /** Aborted when the time is over or the caller gives up. */
  get signal(): AbortSignal {
    return this.controller.signal;
  }

  /** The caller has given up: what then fails says nothing about the host. */
  get calledOff(): boolean {
    return this.outer?.aborted ?? false;
  }

  /** Runs work whose time does not count; only the caller ends it. */
  async paused<Value>(work: (signal: AbortSignal) => Promise<Value>): Promise<Value> {
    clearTimeout(this.timer);
    this.leftMs -= performance.now() - this.startedAt;
    try {
      return await work(this.signal);
    } finally {
      this.start();
    }
  }

  /** Lets go of timer and caller. */
  end(): void {
    clearTimeout(this.timer);
    this.outer?.removeEventListener('abort', this.abort);
  }

  private start(): void {
    this.startedAt = performance.now();
    this.timer = setTimeout(this.abort, Math.max(0, this.leftMs));
  }

  private readonly abort = (): void => {
    this.controller.abort(new DOMException('The time is over', 'TimeoutError'));
  };
}
