import { Inject, Injectable } from '@nestjs/common';
import { MESSAGE_VERSION, encodeMessage, topicNames } from '@tagservice/contracts';
import type { JobDocument, JobError, PageTags, TagOutcome, TagRequest, TopicNames } from '@tagservice/contracts';
import type { IncomingMessage } from '@tagservice/event-bus';
import { PORTS } from '../ports.ts';
import type { ComputePorts } from '../ports.ts';

/** A broker takes about 1 MiB a message and base64 adds a third: more of a poison message than this is not kept. */
const KEPT_BYTES = 600_000;

/** Tells the outcome of jobs: the instance that waits, those who follow the results, and the dead letters. */
@Injectable()
export class Announcer {
  private readonly topics: TopicNames;

  constructor(@Inject(PORTS) private readonly ports: ComputePorts) {
    this.topics = topicNames(ports.policy.topicPrefix);
  }

  /** @throws BusUnavailable: then the message is given again, and announced again */
  async done(request: TagRequest, page: PageTags): Promise<void> {
    await this.wake(request);
    await this.publish(request, { version: MESSAGE_VERSION, outcome: 'done', jobId: request.jobId, page });
  }

  /** @throws BusUnavailable */
  async failed(request: TagRequest, error: JobError): Promise<void> {
    await this.wake(request);
    const { jobId, url, urlHash } = request;
    const failedAt = new Date(this.ports.clock.now()).toISOString();
    await this.publish(request, { version: MESSAGE_VERSION, outcome: 'failed', jobId, url, urlHash, error, failedAt });
  }

  /** A job that had ended before, perhaps without anybody having been told: tell again. @throws BusUnavailable, StoreUnavailable */
  async again(request: TagRequest, job: JobDocument): Promise<void> {
    if (job.status === 'failed' && job.error !== undefined) {
      await this.failed(request, job.error);
      return;
    }
    const page = await this.ports.store.readPage(request.urlHash);
    if (page?.jobId === request.jobId) await this.done(request, page);
    else await this.wake(request);
  }

  /** Keeps a message that no retry can help, as it came. @throws BusUnavailable: then nothing is committed */
  async dead(message: IncomingMessage, reason: JobError, attempts: number): Promise<void> {
    const { topic, partition, offset, key, value, headers } = message;
    const kept = value === null ? null : Buffer.from(value.subarray(0, KEPT_BYTES)).toString('base64');
    const letter = encodeMessage({
      version: MESSAGE_VERSION,
      reason,
      attempts,
      deadAt: new Date(this.ports.clock.now()).toISOString(),
      source: { topic, partition, offset },
      key,
      value: kept,
    });
    await this.ports.bus.publish(this.topics.deadLetters, [
      { key: key ?? `${topic}-${String(partition)}`, value: letter, headers },
    ]);
    this.ports.metrics.jobs.inc({ outcome: 'dead', reason: reason.code });
    this.ports.logger.warn({ topic, partition, offset, reason }, 'message is in the dead letters');
  }

  private async publish(request: TagRequest, outcome: TagOutcome): Promise<void> {
    const observe = this.ports.metrics.stages.startTimer({ stage: 'publish' });
    await this.ports.bus.publish(this.topics.results, [{ key: request.urlHash, value: encodeMessage(outcome) }]);
    observe();
  }

  /** A hint: the one who waits reads again anyway. */
  private async wake(request: TagRequest): Promise<void> {
    await this.ports.store.wake(request.replyTo, request.jobId).catch(() => undefined);
  }
}
