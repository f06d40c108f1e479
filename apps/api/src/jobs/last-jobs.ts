import { Inject, Injectable } from '@nestjs/common';
import type { JobDocument } from '@tagservice/contracts';
import { PORTS } from '../ports.ts';
import type { ApiPorts } from '../ports.ts';
import type { CanonicalPage } from '@tagservice/page-queue';
import { retryAtMs } from './failure.policy.ts';

/** The last job that was made for a page. */
export interface LastJob {
  readonly job: JobDocument;
  /** How many jobs of the page failed in a row for a reason of the page, this one included. */
  readonly failures: number;
  /** Before this instant (milliseconds since 1970) the page is not computed again; undefined where nothing speaks against it now. */
  readonly restsUntilMs: number | undefined;
}

/** Longer than a job is kept. */
const KEPT_MS = 2 * 86_400_000;

/** Remembers which job was the last for a page: the job itself says how it ended, whoever waited for it. */
@Injectable()
export class LastJobs {
  constructor(@Inject(PORTS) private readonly ports: ApiPorts) {}

  /** Undefined where no job is known any more, or the note about it cannot be read. @throws StoreUnavailable */
  async of(urlHash: string): Promise<LastJob | undefined> {
    const note = await this.ports.side.notes.get(keyOf(urlHash));
    const [jobId = '', before = ''] = note?.split(' ') ?? [];
    const job = jobId === '' ? undefined : await this.ports.store.readJob(jobId);
    return job === undefined ? undefined : this.judge(job, Number(before) || 0);
  }

  private judge(job: JobDocument, failuresBefore: number): LastJob {
    if (job.status === 'done') return { job, failures: 0, restsUntilMs: undefined };
    const until = retryAtMs(job, failuresBefore);
    if (until === undefined) return { job, failures: failuresBefore, restsUntilMs: undefined };
    const over = until <= this.ports.clock.now();
    return { job, failures: failuresBefore + 1, restsUntilMs: over ? undefined : until };
  }

  /** A note that is lost costs one computation: no reason to refuse anybody. */
  async remember(page: CanonicalPage, job: JobDocument, before: LastJob | undefined): Promise<void> {
    if (before?.job.id === job.id) return;
    const note = `${job.id} ${String(before?.failures ?? 0)}`;
    await this.ports.side.notes.put(keyOf(page.hash), note, KEPT_MS).catch((error: unknown) => {
      this.ports.logger.warn({ reason: error instanceof Error ? error.message : undefined }, 'last job is not noted');
    });
  }
}

function keyOf(urlHash: string): string {
  return `last-job:${urlHash}`;
}
