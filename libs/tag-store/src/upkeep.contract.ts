import { randomUUID } from 'node:crypto';
import { describe, expect, it, vi } from 'vitest';
import { InvalidPosition } from './errors.ts';
import type { JobReference, TagStore } from './port.ts';
import { pageOf, someJob, someUrl, type ContractOptions } from './tag-store.samples.ts';

const deadline = { timeout: 10_000, interval: 5 };

/** What {@link tagStoreContract} lends to its parts: two clients of one store, made anew for each test, and more of them. */
export interface StoreBed {
  readonly store: () => TagStore;
  readonly other: () => TagStore;
  readonly connect: (options?: ContractOptions) => TagStore;
  readonly apply: (job: JobReference, tags: Record<string, number>) => Promise<string>;
  readonly urlsOf: (tag: string) => Promise<string[]>;
}

/** Cases of {@link tagStoreContract} about what is kept beside results, and for how long. */
export function upkeepContract({ store, other, connect, apply, urlsOf }: StoreBed): void {
  describe('how far a partition is dealt with', () => {
    const applyAt = async (topic: string, partition: number, offset: string): Promise<void> => {
      await store().readWatermarks(topic);
      const job = someJob();
      await store().apply({ ...job, page: pageOf(job, {}) }, { position: { topic, partition, offset } });
    };

    it('is unknown of a topic from which nothing came', async () => {
      expect(await store().readWatermarks(randomUUID())).toEqual(new Map());
    });

    it('is what came with the last write, of each partition for itself', async () => {
      const topic = `topic-${randomUUID()}`;
      await applyAt(topic, 0, '7');
      await applyAt(topic, 11, '0');
      await store().fail(
        someJob(),
        { code: 'FETCH_DNS', detail: '' },
        { position: { topic, partition: 0, offset: '12' } },
      );
      await applyAt(randomUUID(), 0, '99');
      expect(await other().readWatermarks(topic)).toEqual(
        new Map([
          [0, '12'],
          [11, '0'],
        ]),
      );
    });

    it('never goes back, whatever worker comes late, also beyond the numbers that are exact', async () => {
      const topic = randomUUID();
      for (const offset of ['9', '10', '2', '9007199254740993', '9007199254740992']) await applyAt(topic, 3, offset);
      expect(await store().readWatermarks(topic)).toEqual(new Map([[3, '9007199254740993']]));
    });

    it('goes on with a message whose job had ended before', async () => {
      const [job, topic] = [someJob(), randomUUID()];
      await apply(job, {});
      const position = { topic, partition: 0, offset: '5' };
      await store().readWatermarks(topic);
      expect(await store().apply({ ...job, page: pageOf(job, {}) }, { position })).toEqual({ kind: 'duplicate' });
      expect(await store().readWatermarks(topic)).toEqual(new Map([[0, '5']]));
    });

    it('goes on without any write, too, but never back and only for who has asked', async () => {
      const topic = randomUUID();
      const at = (offset: string) => ({ topic, partition: 1, offset });
      expect(await connect().advance(at('99'))).toBe(false);
      await store().readWatermarks(topic);
      for (const offset of ['8', '10', '9']) expect(await store().advance(at(offset))).toBe(false);
      expect(await other().readWatermarks(topic)).toEqual(new Map([[1, '10']]));
      await expect(store().advance(at('x'))).rejects.toBeInstanceOf(InvalidPosition);
    });

    it('is not moved by who has never asked how far it is', async () => {
      const [job, topic] = [someJob(), randomUUID()];
      const position = { topic, partition: 0, offset: '5' };
      expect(await connect().apply({ ...job, page: pageOf(job, {}) }, { position })).toEqual({ kind: 'applied' });
      expect(await other().readWatermarks(topic)).toEqual(new Map());
    });

    it('is not moved by a write that is refused', async () => {
      const [job, topic] = [someJob(), randomUUID()];
      await store().readWatermarks(topic);
      const options = { epoch: 7, position: { topic, partition: 0, offset: '5' } };
      await store().apply({ ...job, page: pageOf(job, {}) }, options);
      expect(await store().readWatermarks(topic)).toEqual(new Map());
    });

    it.each([
      { partition: -1, offset: '0' },
      { partition: 0.5, offset: '0' },
      { partition: 0, offset: '-1' },
      { partition: 0, offset: '007' },
      { partition: 0, offset: '' },
      { partition: 0, offset: '1'.repeat(20) },
    ])('is refused when it is none: $partition, "$offset"', async (place) => {
      const job = someJob();
      const position = { topic: 'requests', ...place };
      const write = store().apply({ ...job, page: pageOf(job, {}) }, { position });
      await expect(write).rejects.toBeInstanceOf(InvalidPosition);
      expect(await store().readJob(job.jobId)).toBeUndefined();
    });
  });

  describe('the epoch', () => {
    it('is 0 while no elector has written one', async () => {
      expect(await store().readEpoch()).toBe(0);
    });
  });

  describe('a record that is kept for a time', () => {
    it('is gone after it, and its URL is not found by its tags any more', async () => {
      const brief = connect({ recordRetentionMs: 60 });
      const [job, tag] = [someJob(), randomUUID()];
      await brief.apply({ ...job, page: pageOf(job, { [tag]: 0.5 }) });
      await vi.waitFor(async () => {
        expect(await brief.readPage(job.urlHash)).toBeUndefined();
      }, deadline);
      expect((await brief.urlsOfTag(tag, { limit: 10 })).urls).toEqual([]);
      expect(await brief.readJob(job.jobId)).toMatchObject({ status: 'done' });
      await brief.close();
    });

    it('is kept anew from each result on, and may be tagged again after its time, with a newer job or an older one', async () => {
      const brief = connect({ recordRetentionMs: 60 });
      const target = someUrl();
      const [older, newer] = [someJob(target), someJob(target)];
      await brief.apply({ ...newer, page: pageOf(newer, {}) });
      await vi.waitFor(async () => {
        expect(await brief.readPage(target.urlHash)).toBeUndefined();
      }, deadline);
      expect(await brief.apply({ ...older, page: pageOf(older, {}) })).toEqual({ kind: 'applied' });
      await brief.close();
    });
  });

  describe('the repair', () => {
    const repairAll = async (by: TagStore, holder: string): Promise<number> => {
      for (let step = 1; step < 2_000; step += 1) {
        const stepped = await by.repairStep({ holder, leaseMs: 50 });
        if (stepped.kind === 'stepped' && stepped.done) return step;
      }
      throw new TypeError('The repair does not come to an end');
    };

    it('changes nothing where nothing is wrong', async () => {
      const [job, tag] = [someJob(), randomUUID()];
      await apply(job, { [tag]: 0.5 });
      await vi.waitFor(async () => {
        await repairAll(store(), 'one');
      }, deadline);
      expect(await urlsOf(tag)).toEqual([job.url]);
      expect(await store().readPage(job.urlHash)).toEqual(pageOf(job, { [tag]: 0.5 }));
    });

    it('rests for a while after its end, whoever asks, and then begins anew', async () => {
      const ended = async (): Promise<void> => {
        const step = await store().repairStep({ holder: 'one', leaseMs: 50, restMs: 200 });
        expect(step).toMatchObject({ kind: 'stepped', done: true });
      };
      await vi.waitFor(ended, deadline);
      expect(await store().repairStep({ holder: 'one', leaseMs: 50 })).toEqual({ kind: 'resting' });
      expect(await other().repairStep({ holder: 'two', leaseMs: 50 })).toEqual({ kind: 'resting' });
      await vi.waitFor(async () => {
        expect((await other().repairStep({ holder: 'two', leaseMs: 50 })).kind).toBe('stepped');
      }, deadline);
    });

    it('is done by one at a time, and passed on when that one is silent', async () => {
      await vi.waitFor(async () => {
        expect((await store().repairStep({ holder: 'first', leaseMs: 300 })).kind).toBe('stepped');
      }, deadline);
      expect(await other().repairStep({ holder: 'second', leaseMs: 50 })).toEqual({ kind: 'elsewhere' });
      await vi.waitFor(async () => {
        expect((await other().repairStep({ holder: 'second', leaseMs: 50 })).kind).toBe('stepped');
      }, deadline);
    });
  });
}
