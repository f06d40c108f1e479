import { existsSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import type { TagPageInput, TaggedPage } from '@tagservice/tagging';

/** What a worker finds out about a page; the text does not leave the thread. */
export type PageFindings = Pick<TaggedPage, 'title' | 'language' | 'tags'>;

/** Reading the page took more than one page may cost, or broke the worker that read it. */
export class PageTooComplex extends Error {
  override readonly name = 'PageTooComplex';
  readonly limit: 'time' | 'memory' | 'crash';

  constructor(limit: PageTooComplex['limit'], detail: string, options?: ErrorOptions) {
    super(detail, options);
    this.limit = limit;
  }
}

/** The pool was closed while the page waited. */
export class PoolClosed extends Error {
  override readonly name = 'PoolClosed';
}

/** Finds the tags of pages, however; the pool is the one that is safe against hostile pages. */
export interface PageTagger {
  warmUp(): void;
  run(input: TagPageInput): Promise<PageFindings>;
  close(): Promise<void>;
}

export interface TaggingPoolOptions {
  readonly size: number;
  /** For one page, in milliseconds of wall time. */
  readonly limitMs: number;
  /** Old-generation heap of one worker, in MiB. */
  readonly memoryMb: number;
  /** The worker's entry; the tagger unless given. */
  readonly entry?: URL;
}

interface Task {
  readonly input: TagPageInput;
  readonly resolve: (findings: PageFindings) => void;
  readonly reject: (error: Error) => void;
}

interface Seat {
  readonly worker: Worker;
  task: Task | undefined;
  timer: NodeJS.Timeout | undefined;
}

/**
 * Worker threads for CPU work with hard limits: a page that takes too long or too much memory ends its worker, not the process, and the
 * event loop never waits for a page. Small and our own because the thread must be one file beside the bundle, which a pool that loads
 * its own worker file from `node_modules` cannot be.
 */
export class TaggingPool implements PageTagger {
  private readonly seats = new Set<Seat>();
  private readonly waiting: Task[] = [];
  private closed = false;

  constructor(private readonly options: TaggingPoolOptions) {}

  /** Workers that live now, idle or busy. */
  get workers(): number {
    return this.seats.size;
  }

  /** Starts a worker ahead of the first page. */
  warmUp(): void {
    if (this.seats.size === 0) this.hire();
  }

  /** @throws PageTooComplex, PoolClosed */
  run(input: TagPageInput): Promise<PageFindings> {
    const { promise, resolve, reject } = Promise.withResolvers<PageFindings>();
    if (this.closed) reject(new PoolClosed('The pool is closed'));
    else this.waiting.push({ input, resolve, reject });
    this.assign();
    return promise;
  }

  async close(): Promise<void> {
    this.closed = true;
    for (const task of this.waiting.splice(0)) task.reject(new PoolClosed('The pool is closed'));
    await Promise.all(
      [...this.seats].map(async (seat) => {
        this.finish(seat, (task) => {
          task.reject(new PoolClosed('The pool is closed'));
        });
        await seat.worker.terminate();
      }),
    );
  }

  private assign(): void {
    while (this.waiting.length > 0) {
      const idle = [...this.seats].find((seat) => seat.task === undefined);
      const seat = idle ?? (this.seats.size < this.options.size ? this.hire() : undefined);
      if (seat === undefined) return;
      this.start(seat, this.waiting.shift());
    }
  }

  private start(seat: Seat, task: Task | undefined): void {
    if (task === undefined) return;
    seat.task = task;
    seat.timer = setTimeout(() => {
      this.dismiss(seat, new PageTooComplex('time', `Tagging took more than ${String(this.options.limitMs)} ms.`));
    }, this.options.limitMs);
    seat.worker.postMessage(task.input);
  }

  private hire(): Seat {
    const { memoryMb, entry = taggingWorkerEntry() } = this.options;
    const worker = new Worker(entry, {
      // No flags of the parent: a test runner's loader has no place in here.
      execArgv: [],
      env: {},
      resourceLimits: {
        maxOldGenerationSizeMb: memoryMb,
        maxYoungGenerationSizeMb: Math.ceil(memoryMb / 4),
        stackSizeMb: 4,
      },
    });
    const seat: Seat = { worker, task: undefined, timer: undefined };
    this.seats.add(seat);
    worker.on('message', (findings: PageFindings) => {
      this.finish(seat, (task) => {
        task.resolve(findings);
      });
      this.assign();
    });
    worker.on('error', (error) => {
      const memory = 'code' in error && error.code === 'ERR_WORKER_OUT_OF_MEMORY';
      const detail = memory ? `Tagging needs more than ${String(memoryMb)} MiB.` : 'Tagging broke on this page.';
      this.dismiss(seat, new PageTooComplex(memory ? 'memory' : 'crash', detail, { cause: error }));
    });
    worker.on('exit', () => {
      this.dismiss(seat, new PageTooComplex('crash', 'The worker ended on this page.'));
    });
    worker.unref();
    return seat;
  }

  /** Ends a worker for good; what waits goes to another. */
  private dismiss(seat: Seat, error: PageTooComplex): void {
    this.finish(seat, (task) => {
      task.reject(error);
    });
    if (!this.seats.delete(seat)) return;
    void seat.worker.terminate();
    if (!this.closed) this.assign();
  }

  private finish(seat: Seat, settle: (task: Task) => void): void {
    const { task } = seat;
    clearTimeout(seat.timer);
    seat.task = undefined;
    seat.timer = undefined;
    if (task !== undefined) settle(task);
  }
}

/** The worker beside this file: bundled next to it or one folder up, else the source. */
function taggingWorkerEntry(): URL {
  const places = ['./tagging.worker.js', '../tagging.worker.js', '../tagging.worker.ts'];
  const found = places.map((place) => new URL(place, import.meta.url)).find((place) => existsSync(place));
  return found ?? new URL('./tagging.worker.js', import.meta.url);
}
