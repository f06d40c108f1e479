import { setTimeout as after } from 'node:timers/promises';
import type { TagStore } from '@tagservice/tag-store';

/** So many of the oldest promises are looked at in one go: jobs end in about the order in which they were promised. */
const LOOK_AT = 400;
const LOOK_EVERY_MS = 25;
/** Who does not hear of an end for so long gives up. */
const PATIENCE_MS = 90_000;

/** A job that the API has promised. */
interface Promised {
  readonly page: number;
  readonly jobId: string;
}

/** What was promised, and what became of it according to the store. */
export class Ledger {
  readonly #store: TagStore;
  readonly #most: number;
  #open: readonly Promised[] = [];
  readonly #done = new Map<number, string>();
  readonly #known = new Set<number>();
  /** Promised jobs that ended as failed. */
  readonly failed: string[] = [];

  /** At most `most` jobs are under way at the same time. */
  constructor(store: TagStore, most: number) {
    this.#store = store;
    this.#most = most;
  }

  /** Pages whose job is done, with the job. */
  get done(): ReadonlyMap<number, string> {
    return this.#done;
  }

  /** Promised jobs of which no end is known. */
  get open(): readonly Promised[] {
    return this.#open;
  }

  /** Pages that were promised. */
  get promised(): number {
    return this.#open.length + this.#done.size + this.#known.size + this.failed.length;
  }

  accept(page: number, jobId: string | undefined): void {
    if (jobId === undefined) this.#known.add(page);
    else this.#open = [...this.#open, { page, jobId }];
  }

  /** Resolves when there is room for more. */
  async room(): Promise<void> {
    await this.#until(() => this.#open.length < this.#most);
  }

  /** Resolves when so many pages are done; false when nothing moved for too long. */
  async reaches(pages: number): Promise<boolean> {
    return await this.#until(() => this.#done.size + this.#known.size >= pages);
  }

  /** Resolves when every promise has ended; false when nothing moved for too long. */
  async ends(): Promise<boolean> {
    return await this.#until(() => this.#open.length === 0);
  }

  /** Looks at the oldest promises until told to stop. */
  async follow(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#look().catch(() => undefined);
      await after(LOOK_EVERY_MS);
    }
  }

  async #look(): Promise<void> {
    const oldest = this.#open.slice(0, LOOK_AT);
    const jobs = await Promise.all(oldest.map(({ jobId }) => this.#store.readJob(jobId)));
    const ended = new Set<Promised>();
    for (const [index, promised] of oldest.entries()) {
      const status = jobs[index]?.status;
      if (status === 'done') this.#done.set(promised.page, promised.jobId);
      else if (status === 'failed') this.failed.push(promised.jobId);
      else continue;
      ended.add(promised);
    }
    this.#open = this.#open.filter((promised) => !ended.has(promised));
  }

  async #until(holds: () => boolean): Promise<boolean> {
    let [before, movedAt] = [-1, performance.now()];
    while (!holds()) {
      const ended = this.#done.size + this.failed.length;
      if (ended !== before) [before, movedAt] = [ended, performance.now()];
      if (performance.now() - movedAt > PATIENCE_MS) return false;
      await after(LOOK_EVERY_MS);
    }
    return true;
  }
}
