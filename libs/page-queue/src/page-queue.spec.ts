import { canonicalUrl, decodeTagRequest, topicNames } from '@tagservice/contracts';
import type { PageTags, TagRequest } from '@tagservice/contracts';
import { BusUnavailable, MemoryBroker, memoryEventBus } from '@tagservice/event-bus';
import { createLogger } from '@tagservice/service-kit';
import { memoryTagStore } from '@tagservice/tag-store';
import { beforeEach, describe, expect, it } from 'vitest';
import { PageQueue } from './page-queue.ts';
import type { CanonicalPage, PageQueueOptions } from './page-queue.ts';

const START = Date.parse('2026-03-01T12:00:00.000Z');
const PREFIX = 'tags.demo';
const page = canonical('https://example.org/bees');

function canonical(url: string): CanonicalPage {
  const read = canonicalUrl(url);
  if (!read.ok) throw new Error(read.detail);
  return { url: read.url, hash: read.hash };
}

let now: number;
let store: ReturnType<typeof memoryTagStore>;
let published: TagRequest[];
beforeEach(() => {
  now = START;
  store = memoryTagStore({ now: () => now });
  published = [];
});

/** A queue of an instance; all of them share the store and the broker. */
function queueOf(replyTo: string, over: Partial<PageQueueOptions> = {}): PageQueue {
  const bus = memoryEventBus({ broker: new MemoryBroker(), topics: [topicNames(PREFIX).requests] });
  return new PageQueue({
    store,
    bus: {
      publish: async (topic, messages) => {
        await bus.publish(topic, messages);
        for (const { value } of messages) {
          const decoded = decodeTagRequest(Buffer.from(value as Uint8Array));
          if (decoded.ok) published.push(decoded.message);
        }
      },
    },
    topicPrefix: PREFIX,
    replyTo,
    clock: { now: () => now, pause: () => Promise.resolve() },
    logger: createLogger({ level: 'fatal', base: {}, destination: { write: () => undefined } }),
    ...over,
  });
}

const made = (jobId: string, at: number): PageTags => ({
  ...{ url: page.url, urlHash: page.hash, title: 'Bees', language: 'en', tags: [], jobId },
  taggedAt: new Date(at).toISOString(),
});

describe('a page on the queue', () => {
  it('is one job, whoever asks for it, and one message', async () => {
    const [first, second] = [queueOf('api-0'), queueOf('compute-0')];
    const job = await first.enqueue(page, now);
    expect((await second.promise(page, now)).id).toBe(job.id);
    expect(published).toMatchObject([{ jobId: job.id, url: page.url, urlHash: page.hash, replyTo: 'api-0' }]);
  });

  it('that was made since the given instant is not made again', async () => {
    const job = await queueOf('api-0').enqueue(page, now);
    await store.apply({
      ...page,
      urlHash: page.hash,
      jobId: job.id,
      acceptedAt: job.createdAt,
      page: made(job.id, now),
    });
    now += 60_000;
    const again = await queueOf('api-0').enqueue(page, START);
    expect((await store.readJob(again.id))?.status).toBe('done');
    expect(published).toHaveLength(1);
    const anew = await queueOf('api-0').enqueue(page, START + 1);
    expect(published.at(-1)?.jobId).toBe(anew.id);
  });

  it('is withdrawn when the broker does not take it, so that those who joined it do not wait', async () => {
    const away = { publish: () => Promise.reject(new BusUnavailable(['127.0.0.1:9'], 'no answer')) };
    await expect(queueOf('api-0', { bus: away }).enqueue(page, now)).rejects.toBeInstanceOf(BusUnavailable);
    const next = await queueOf('api-1').enqueue(page, now);
    expect(published).toMatchObject([{ jobId: next.id }]);
  });

  it('is published by the next one who asks when its claimer has died before it could', async () => {
    const { promise: begun, resolve } = Promise.withResolvers<undefined>();
    const publish = (): Promise<never> => {
      resolve(undefined);
      return new Promise(() => undefined);
    };
    void queueOf('api-0', { bus: { publish } }).enqueue(page, now);
    await begun;
    await queueOf('api-1').enqueue(page, now);
    expect(published).toEqual([]);
    await queueOf('api-1').promise(page, now);
    expect(published).toHaveLength(1);
    now += 5_000;
    await queueOf('api-2').enqueue(page, now);
    expect(published).toHaveLength(1);
  });
});
