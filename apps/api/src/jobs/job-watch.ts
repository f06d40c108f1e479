import { Inject, Injectable } from '@nestjs/common';
import type { OnApplicationBootstrap, OnApplicationShutdown } from '@nestjs/common';
import type { JobDocument } from '@tagservice/contracts';
import { StoreUnavailable } from '@tagservice/tag-store';
import type { Ticket } from '../admission/in-flight.ts';
import { PORTS } from '../ports.ts';
import type { ApiPorts } from '../ports.ts';

/** A wake-up may be lost with the connection that carries it: the job is read again this often in any case. */
const REREAD_MS = 250;
const LISTEN_RETRY_MS = 1_000;

export interface WatchOptions {
  /** When the caller's time is over, in milliseconds since 1970. */
  readonly deadline: number;
  /** Aborted when the caller hangs up. */
  readonly signal: AbortSignal;
  /** The caller's place among the requests in flight, given up while it waits. */
  readonly ticket?: Ticket | null;
}

/** Waits for jobs to end: told by a wake-up, or found out by reading again. */
@Injectable()
export class JobWatch implements OnApplicationBootstrap, OnApplicationShutdown {
  private readonly waiting = new Map<string, Set<() => void>>();
  private readonly stopped = new AbortController();
  private listening: Promise<void> = Promise.resolve();

  constructor(@Inject(PORTS) private readonly ports: ApiPorts) {}

  onApplicationBootstrap(): void {
    this.listening = this.listen();
  }

  async onApplicationShutdown(): Promise<void> {
    this.stopped.abort();
    await this.listening;
  }

  /** The store may be away when the process starts: without wake-ups answers come up to 250 ms later, so it goes on trying. */
  private async listen(): Promise<void> {
    const { signal } = this.stopped;
    while (!signal.aborted) {
      try {
        const unsubscribe = await this.ports.store.onWake(this.ports.policy.instance, (jobId) => {
          this.wake(jobId);
        });
        await new Promise((resolve) => {
          if (signal.aborted) resolve(undefined);
          signal.addEventListener('abort', resolve, { once: true });
        });
        await unsubscribe();
      } catch (error) {
        this.ports.logger.warn({ reason: error instanceof Error ? error.message : String(error) }, 'no wake-ups yet');
        await this.ports.clock.pause(LISTEN_RETRY_MS, signal);
      }
    }
  }

  private wake(jobId: string): void {
    for (const resume of this.waiting.get(jobId) ?? []) resume();
  }

  /**
   * Resolves to the job when it has ended, or as it is when the time is over; undefined when the store has lost it.
   *
   * @throws StoreUnavailable when the store did not answer the last time
   */
  async wait(jobId: string, options: WatchOptions): Promise<JobDocument | undefined> {
    const stopWaiting = this.ports.metrics.waited.startTimer();
    options.ticket?.park();
    try {
      return await this.poll(jobId, options);
    } finally {
      options.ticket?.unpark();
      stopWaiting();
    }
  }

  private async poll(jobId: string, { deadline, signal }: WatchOptions): Promise<JobDocument | undefined> {
    for (;;) {
      const woken = this.nextWake(jobId);
      try {
        const left = signal.aborted ? 0 : deadline - this.ports.clock.now();
        const job = await this.read(jobId, left > 0);
        if (job !== 'unreadable' && (left <= 0 || hasEnded(job))) return job;
        await this.ports.clock.pause(Math.min(left, REREAD_MS), AbortSignal.any([woken.happened, signal]));
      } finally {
        woken.forget();
      }
    }
  }

  /** While there is time left, a store that does not answer may be back before it is over. */
  private async read(jobId: string, forgiving: boolean): Promise<JobDocument | undefined | 'unreadable'> {
    try {
      return await this.ports.store.readJob(jobId);
    } catch (error) {
      if (forgiving && error instanceof StoreUnavailable) return 'unreadable';
      throw error;
    }
  }

  /** Begins to listen; do it before the job is read, so that no wake-up falls between. */
  nextWake(jobId: string): { readonly happened: AbortSignal; forget(): void } {
    const controller = new AbortController();
    const resume = () => {
      controller.abort();
    };
    const all = this.waiting.get(jobId) ?? new Set();
    this.waiting.set(jobId, all.add(resume));
    return {
      happened: controller.signal,
      forget: () => {
        all.delete(resume);
        if (all.size === 0) this.waiting.delete(jobId);
      },
    };
  }
}

/** A job that is not there any more will not end either. */
export function hasEnded(job: JobDocument | undefined): boolean {
  return job === undefined || job.status === 'done' || job.status === 'failed';
}
