import { existsSync } from 'node:fs';
import { Worker } from 'node:worker_threads';
import type { TagPageInput, TaggedPage } from '@tagservice/tagging';

/** What a worker finds out about a page; the text does not leave the thread. */
export type PageFindings = Pick<TaggedPage, 'title' | 'language' | 'tags' | 'canonicalLink'>;

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

/** What a worker answers with. */
export interface WorkerAnswer {
  readonly findings: PageFindings;
  /** What the page took of the thread's processor, in milliseconds. */
  readonly cpuMs: number;
}

/** Finds the tags of pages, however; the pool is the one that is safe against hostile pages. */
export interface PageTagger {
  warmUp(): void;
  run(input: TagPageInput): Promise<PageFindings>;
  close(): Promise<void>;
}

export interface TaggingPoolOptions {
  readonly size: number;
  /** For one page, in milliseconds of the thread's own CPU time: a busy machine is no fault of the page. */
  readonly limitMs: number;
  /** Old-generation heap of one worker, in MiB. */
  readonly memoryMb: number;
  /** A worker is replaced after so many pages: what a page left behind in a thread is gone with it. Default 1000. */
  readonly pagesPerWorker?: number;
  /** Told what each page took of the processor, in milliseconds. */
  readonly onPage?: (cpuMs: number) => void;
  /** The worker's entry; the tagger unless given. */
  readonly entry?: URL;
}

interface Task {
  readonly input: TagPageInput;
  readonly resolve: (findings: PageFindings) => void;
  readonly reject: (error: Error) => void;
}

/** A page may wait for a processor this many times longer than it may use one; then its worker is taken for stuck. */
const WALL_FACTOR = 6;
const PAGES_PER_WORKER = 1_000;
/** Between two looks at a thread that is near its limit. */
const LEAST_WAIT_MS = 20;

interface Seat {
  readonly worker: Worker;
  task: Task | undefined;
  pages: number;
  look: NodeJS.Timeout | undefined;
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
    this.watch(seat, task);
    seat.worker.postMessage(task.input);
  }

  /** Dismisses the seat when its task has used up its CPU time, or has taken far longer than that by the clock. */
  private watch(seat: Seat, task: Task): void {
    const { limitMs } = this.options;
    const before = cpuMs(seat.worker);
    const tooLong = (): void => {
      this.dismiss(seat, new PageTooComplex('time', `Tagging took more than ${String(limitMs)} ms.`));
    };
    const look = async (): Promise<void> => {
      const used = (await cpuMs(seat.worker)) - (await before);
      if (seat.task !== task) return;
      if (used < limitMs) lookAfter(limitMs - used);
      else tooLong();
    };
    const lookAfter = (ms: number): void => {
      seat.look = setTimeout(() => void look(), Math.max(ms, LEAST_WAIT_MS));
    };
    lookAfter(limitMs);
    // A thread that does not even answer how much it used is bounded by the clock alone.
    seat.timer = setTimeout(tooLong, limitMs * WALL_FACTOR);
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
    const seat: Seat = { worker, pages: 0, task: undefined, look: undefined, timer: undefined };
    this.seats.add(seat);
    worker.on('message', ({ findings, cpuMs }: WorkerAnswer) => {
      seat.pages += 1;
      this.options.onPage?.(cpuMs);
      this.finish(seat, (task) => {
        task.resolve(findings);
      });
      this.retire(seat);
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

  /** Replaces a worker that has read its share of pages; the new one starts while others read. */
  private retire(seat: Seat): void {
    if (seat.pages < (this.options.pagesPerWorker ?? PAGES_PER_WORKER)) return;
    this.seats.delete(seat);
    void seat.worker.terminate();
    if (!this.closed) this.hire();
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
    clearTimeout(seat.look);
    clearTimeout(seat.timer);
    seat.task = undefined;
    seat.timer = undefined;
    if (task !== undefined) settle(task);
  }
}

/** CPU time of a thread since it began, in milliseconds; none for one that does not run yet or any more. */
async function cpuMs(worker: Worker): Promise<number> {
  const used = await worker.cpuUsage().catch(() => undefined);
  return used === undefined ? 0 : (used.user + used.system) / 1_000;
}

/** The worker beside this file: bundled next to it or one folder up, else the source. */
function taggingWorkerEntry(): URL {
  const places = ['./tagging.worker.js', '../tagging.worker.js', '../tagging.worker.ts'];
  const found = places.map((place) => new URL(place, import.meta.url)).find((place) => existsSync(place));
  return found ?? new URL('./tagging.worker.js', import.meta.url);
}
