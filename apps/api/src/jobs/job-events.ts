import { Inject, Injectable } from '@nestjs/common';
import type { OnModuleDestroy } from '@nestjs/common';
import type { JobDocument } from '@tagservice/contracts';
import { Problem } from '../http/problem.error.ts';
import { PORTS } from '../ports.ts';
import type { ApiPorts } from '../ports.ts';
import type { EventStream } from './event-stream.ts';
import { jobAnswer } from './job-answer.ts';
import type { Naming } from './job-names.ts';
import { JobWatch, hasEnded } from './job-watch.ts';

/** Wake-ups come to the instance that was asked for the tags; a stream at another one reads so often. */
const REREAD_MS = 1_000;
/** Shorter than the idle time of the usual proxies (60 s). */
const HEARTBEAT_MS = 15_000;
/** After this a stream is ended and the caller connects again, to an instance that may be a newer one. */
const LONGEST_MS = 300_000;
/** How long callers wait before they connect again. */
const RECONNECT_MS = 2_000;
/** A stream is a request in flight for minutes: others must not find all places taken by streams. */
const SHARE_OF_PLACES = 1 / 4;

/** A job that is followed, and how it is named to who follows it. */
export interface FollowedJob {
  readonly id: string;
  readonly name: Naming;
}

/** Follows jobs for callers: each state as an event, whose id is the state itself, so that any instance can go on after it. */
@Injectable()
export class JobEvents implements OnModuleDestroy {
  private readonly stopping = new AbortController();
  private readonly most: number;
  private open = 0;

  constructor(
    @Inject(PORTS) private readonly ports: ApiPorts,
    private readonly watch: JobWatch,
  ) {
    this.most = Math.max(1, Math.floor(ports.policy.maxInFlight * SHARE_OF_PLACES));
  }

  /** Before the server waits for its connections to end: streams end only when told. */
  onModuleDestroy(): void {
    this.stopping.abort();
  }

  /**
   * The events of a job after the one with the id `seen`; `nothing-left` when that was the last one.
   *
   * @throws Problem JOB_NOT_FOUND, TOO_MANY_STREAMS; StoreUnavailable
   */
  async follow(followed: FollowedJob, seen: string | undefined): Promise<EventStream | 'nothing-left'> {
    const job = await this.ports.store.readJob(followed.id);
    if (job === undefined) throw new Problem('JOB_NOT_FOUND');
    if (hasEnded(job) && seen === eventId(job)) return 'nothing-left';
    if (this.open >= this.most) {
      this.ports.metrics.refused.inc({ reason: 'TOO_MANY_STREAMS' });
      throw new Problem('TOO_MANY_STREAMS', { detail: `${String(this.most)} streams are open.` });
    }
    this.count(1);
    return {
      read: (signal) => this.events(followed, seen, AbortSignal.any([signal, this.stopping.signal])),
      ended: () => {
        this.count(-1);
      },
    };
  }

  private count(change: 1 | -1): void {
    this.open += change;
    this.ports.metrics.streams.set(this.open);
  }

  private async *events(
    { id: jobId, name }: FollowedJob,
    seen: string | undefined,
    signal: AbortSignal,
  ): AsyncGenerator<string> {
    const { clock } = this.ports;
    const endsAt = clock.now() + LONGEST_MS;
    let spokeAt = clock.now();
    let last = seen;
    yield `retry: ${String(RECONNECT_MS)}\n\n`;
    while (!signal.aborted && clock.now() < endsAt) {
      const woken = this.watch.nextWake(jobId);
      try {
        const job = await this.read(jobId);
        if (job === 'lost') return;
        if (job !== 'unreadable' && eventId(job) !== last) {
          last = eventId(job);
          spokeAt = clock.now();
          yield written(job, name);
        }
        if (job !== 'unreadable' && hasEnded(job)) return;
        if (clock.now() - spokeAt >= HEARTBEAT_MS) {
          spokeAt = clock.now();
          yield ': still under way\n\n';
        }
        await clock.pause(REREAD_MS, AbortSignal.any([woken.happened, signal]));
      } finally {
        woken.forget();
      }
    }
  }

  /** While the store is away the stream stays open: what happened meanwhile is told when it is back. */
  private async read(jobId: string): Promise<JobDocument | 'lost' | 'unreadable'> {
    try {
      return (await this.ports.store.readJob(jobId)) ?? 'lost';
    } catch {
      return 'unreadable';
    }
  }
}

function eventId({ status, attempts, updatedAt }: JobDocument): string {
  return [updatedAt, status, String(attempts)].join('/');
}

function written(job: JobDocument, name: Naming): string {
  return `id: ${eventId(job)}\nevent: status\ndata: ${JSON.stringify(jobAnswer(name(job)))}\n\n`;
}
