interface Waiting {
  readonly bytes: number;
  readonly admit: () => void;
}

/**
 * Memory for pages on their way from the network through the tagger. Pages may come faster than they are read, and as many as messages are
 * worked on at the same time: without a bound in bytes a thousand messages of 2 MiB each are an end by the kernel. Who comes first is
 * served first, so that a large page is not passed for ever; one that is larger than everything goes alone.
 */
export class PageBudget {
  private readonly waiting: Waiting[] = [];
  private taken = 0;

  constructor(private readonly bytes: number) {}

  /** Bytes that are promised now. */
  get inUse(): number {
    return this.taken;
  }

  /** Runs the work when there is room for so many bytes. The signal ends the wait: the work runs, and will see it for itself. */
  async within<T>(bytes: number, signal: AbortSignal, work: () => Promise<T>): Promise<T> {
    const granted = await this.grant(bytes, signal);
    try {
      return await work();
    } finally {
      this.taken -= granted;
      this.admit();
    }
  }

  /** Answers with what was taken: nothing when the wait was cut short. */
  private async grant(bytes: number, signal: AbortSignal): Promise<number> {
    if (signal.aborted) return 0;
    if (this.waiting.length === 0 && this.fits(bytes)) {
      this.taken += bytes;
      return bytes;
    }
    const { promise, resolve } = Promise.withResolvers<number>();
    const one: Waiting = {
      bytes,
      admit: () => {
        signal.removeEventListener('abort', leave);
        this.taken += bytes;
        resolve(bytes);
      },
    };
    const leave = (): void => {
      this.waiting.splice(this.waiting.indexOf(one), 1);
      resolve(0);
      this.admit();
    };
    signal.addEventListener('abort', leave, { once: true });
    this.waiting.push(one);
    return promise;
  }

  private fits(bytes: number): boolean {
    return this.taken === 0 || this.taken + bytes <= this.bytes;
  }

  private admit(): void {
    for (let [first] = this.waiting; first !== undefined && this.fits(first.bytes); [first] = this.waiting) {
      this.waiting.shift();
      first.admit();
    }
  }
}
