import { Inject, Injectable } from '@nestjs/common';
import type { JobDocument } from '@tagservice/contracts';
import { PORTS } from '../ports.ts';
import type { ApiPorts } from '../ports.ts';
import type { CanonicalPage } from './job-queue.ts';
import { retryAtMs } from './failure.policy.ts';

/** The last job that was made for a page. */
export interface LastJob {
  readonly job: JobDocument;
  /** How many jobs failed in a row before it. */
  readonly failures: number;
  /** Before this instant (milliseconds since 1970) the page is not computed again; undefined where nothing speaks against it. */
  readonly retryAtMs: number | undefined;
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
    const [jobId = '', failures = ''] = note?.split(' ') ?? [];
    const job = jobId === '' ? undefined : await this.ports.store.readJob(jobId);
    if (job === undefined) return undefined;
    const count = Number(failures) || 0;
    return { job, failures: count, retryAtMs: retryAtMs(job, count) };
  }

  /** A note that is lost costs one computation: no reason to refuse anybody. */
  async remember(page: CanonicalPage, job: JobDocument, before: LastJob | undefined): Promise<void> {
    if (before?.job.id === job.id) return;
    const note = `${job.id} ${String(failuresInRow(before))}`;
    await this.ports.side.notes.put(keyOf(page.hash), note, KEPT_MS).catch((error: unknown) => {
      this.ports.logger.warn({ reason: error instanceof Error ? error.message : undefined }, 'last job is not noted');
    });
  }
}

/** Of the page, the last job included; a job that failed for another reason says nothing about the page. */
function failuresInRow(last: LastJob | undefined): number {
  if (last === undefined || last.job.status === 'done') return 0;
  return last.retryAtMs === undefined ? last.failures : last.failures + 1;
}

function keyOf(urlHash: string): string {
  return `last-job:${urlHash}`;
}
