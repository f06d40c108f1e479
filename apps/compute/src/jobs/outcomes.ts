import { Inject, Injectable } from '@nestjs/common';
import type { JobDocument, JobError, PageTags } from '@tagservice/contracts';
import { PORTS } from '../ports.ts';
import type { ComputePorts } from '../ports.ts';
import { Announcer } from './announcer.ts';
import { DurableWrites } from './durable-writes.ts';
import type { Delivery, RunningJob } from './running-job.ts';

/** How a job ends: first durable in the store, then told, then counted. Told before durable could be a lie. */
@Injectable()
export class Outcomes {
  constructor(
    @Inject(PORTS) private readonly ports: ComputePorts,
    private readonly writes: DurableWrites,
    private readonly announcer: Announcer,
  ) {}

  async done(job: RunningJob, page: PageTags): Promise<void> {
    await this.writes.page(job, page);
    await this.announcer.done(job.request, page);
    this.record(job, 'done', 'ok');
  }

  async failed(job: RunningJob, error: JobError): Promise<void> {
    await this.writes.failure(job, error);
    await this.announcer.failed(job.request, error);
    this.record(job, 'failed', error.code);
  }

  /** The dead letter comes first: after a crash between the two it is written twice, the other way round never. */
  async exhausted(job: RunningJob, error: JobError, attempts: number): Promise<void> {
    await this.announcer.dead(job.message, error, attempts);
    await this.failed(job, error);
  }

  async endedBefore(job: RunningJob, document: JobDocument): Promise<void> {
    await this.announcer.again(job.request, document);
    await this.writes.nothing(job);
    this.record(job, 'duplicate', document.status);
  }

  async poison(delivery: Delivery, error: JobError): Promise<void> {
    await this.announcer.dead(delivery.message, error, 0);
    await this.writes.nothing(delivery);
  }

  private record(job: RunningJob, outcome: 'done' | 'failed' | 'duplicate', reason: string): void {
    this.ports.metrics.jobs.inc({ outcome, reason });
    const ms = this.ports.clock.now() - job.arrived;
    const { fetchMs, tagMs } = job.spent;
    const stages = { fetchMs: hundredths(fetchMs), tagMs: hundredths(tagMs) };
    this.ports.logger.info({ jobId: job.request.jobId, outcome, reason, ms, ...stages }, 'job ended');
  }
}

const hundredths = (ms: number): number => Math.round(ms * 100) / 100;
