import { Inject, Injectable } from '@nestjs/common';
import { DEAD_LETTER_VERSION, MESSAGE_VERSION, encodeMessage, topicNames } from '@tagservice/contracts';
import type { JobDocument, JobError, PageTags, TagOutcome, TagRequest, TopicNames } from '@tagservice/contracts';
import { TopicRefused } from '@tagservice/event-bus';
import type { IncomingMessage } from '@tagservice/event-bus';
import { inPublishSpan } from '@tagservice/service-kit';
import { PORTS } from '../ports.ts';
import type { ComputePorts } from '../ports.ts';

/** What of a message is kept in a dead letter, in bytes of its value and of its headers. */
interface Kept {
  readonly value: number;
  readonly headers: number;
}

/** A broker takes about 1 MiB a message, and base64 adds a third. */
const MOST_KEPT: Kept = { value: 600_000, headers: 65_536 };
/** For brokers that take less, and the last try: of a message that is too large, the reason and the place are worth more than the rest. */
const LEAST_KEPT: Kept = { value: 0, headers: 4_096 };
/** Longest key that is kept, in UTF-16 units. A key of ours has 32. */
const KEY_MAX = 1_024;

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
    const { topic, partition, offset } = message;
    try {
      await this.bury(message, { reason, attempts }, MOST_KEPT);
    } catch (error) {
      if (!(error instanceof TopicRefused)) throw error;
      await this.bury(message, { reason, attempts }, LEAST_KEPT);
    }
    this.ports.metrics.jobs.inc({ outcome: 'dead', reason: reason.code });
    this.ports.logger.warn({ topic, partition, offset, reason }, 'message is in the dead letters');
  }

  private async bury(
    { topic, partition, offset, key, value, headers }: IncomingMessage,
    { reason, attempts }: { readonly reason: JobError; readonly attempts: number },
    most: Kept,
  ): Promise<void> {
    const keptKey = key?.slice(0, KEY_MAX) ?? null;
    const letter = encodeMessage({
      version: DEAD_LETTER_VERSION,
      reason,
      attempts,
      deadAt: new Date(this.ports.clock.now()).toISOString(),
      source: { topic, partition, offset },
      key: keptKey,
      value: value === null ? null : Buffer.from(value.subarray(0, most.value)).toString('base64'),
      valueBytes: value?.byteLength ?? 0,
    });
    await this.ports.bus.publish(this.topics.deadLetters, [
      { key: keptKey ?? `${topic}-${String(partition)}`, value: letter, headers: keptHeaders(headers, most.headers) },
    ]);
  }

  private async publish(request: TagRequest, outcome: TagOutcome): Promise<void> {
    const observe = this.ports.metrics.stages.startTimer({ stage: 'publish' });
    const message = { key: request.urlHash, value: encodeMessage(outcome) };
    const { results } = this.topics;
    await inPublishSpan('publish tag result', results, () => this.ports.bus.publish(results, [message]));
    observe();
  }

  /** A hint: the one who waits reads again anyway. */
  private async wake(request: TagRequest): Promise<void> {
    await this.ports.store.wake(request.replyTo, request.jobId).catch(() => undefined);
  }
}

/** As many of the headers as there is room for, in their order; one that does not fit is left out as a whole. */
function keptHeaders(headers: Readonly<Record<string, string>>, most: number): Record<string, string> {
  let room = most;
  const fitting = Object.entries(headers).filter(([name, value]) => {
    const size = Buffer.byteLength(name) + Buffer.byteLength(value);
    const fits = size <= room;
    if (fits) room -= size;
    return fits;
  });
  return Object.fromEntries(fitting);
}
