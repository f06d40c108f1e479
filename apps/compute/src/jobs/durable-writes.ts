import { Inject, Injectable } from '@nestjs/common';
import type { JobError, PageTags } from '@tagservice/contracts';
import type { Applied, Position } from '@tagservice/tag-store';
import { inStoreSpan } from '@tagservice/service-kit';
import { PORTS } from '../ports.ts';
import type { ComputePorts } from '../ports.ts';
import { backOffMs } from './back-off.ts';
import type { Delivery, RunningJob } from './running-job.ts';

/** The message was taken away (rebalance, stop) before its work was durable; another instance does it again. */
export class Abandoned extends Error {
  override readonly name = 'Abandoned';
}

const BACK_OFF = { firstMs: 200, mostMs: 5_000 };

/** Writes to the store that count only once enough replicas have them. */
@Injectable()
export class DurableWrites {
  constructor(@Inject(PORTS) private readonly ports: ComputePorts) {}

  /** @throws Abandoned, StoreUnavailable */
  async page(job: RunningJob, page: PageTags): Promise<void> {
    const observe = this.ports.metrics.stages.startTimer({ stage: 'apply' });
    const { request, signal } = job;
    const write = () => this.ports.store.apply({ ...request, page }, { position: positionOf(job) });
    await inStoreSpan('write page', () => this.untilDurable(write, signal));
    observe();
  }

  /** @throws Abandoned, StoreUnavailable */
  async failure(job: RunningJob, error: JobError): Promise<void> {
    const { request, signal } = job;
    await this.untilDurable(() => this.ports.store.fail(request, error, { position: positionOf(job) }), signal);
  }

  /**
   * After a message that left nothing to write: says how far its partition is all the same. Where the store is away nobody says it, and the
   * message is read once more some day; to fail for it now would bury a poison message again and again.
   */
  async nothing(delivery: Delivery): Promise<void> {
    const thrownBack = await this.ports.store.advance(positionOf(delivery)).catch(() => false);
    if (thrownBack && !delivery.signal.aborted) this.ports.reread();
  }

  /** "Unknown" may be lost with the primary: it is written again, under the same job id, until it is known. */
  private async untilDurable(write: () => Promise<Applied>, signal: AbortSignal): Promise<void> {
    for (let attempt = 1; !signal.aborted; attempt += 1) {
      const applied = await write();
      if (applied.kind !== 'unknown' && applied.kind !== 'stale-epoch') {
        // What was taken away has been read again already.
        if (applied.thrownBack === true && !signal.aborted) this.ports.reread();
        return;
      }
      this.ports.metrics.retries.inc({ reason: applied.kind });
      this.ports.logger.warn({ applied, attempt }, 'result is not durable yet');
      await this.ports.clock.pause(backOffMs(attempt, BACK_OFF), signal);
    }
    throw new Abandoned('The message was taken away before its result was durable');
  }
}

/** How far the partition of the job is dealt with: kept beside the result, so that a store that was thrown back knows what it lacks. */
function positionOf({ message: { topic, partition }, watermark }: Delivery): Position {
  return { topic, partition, offset: watermark() };
}
