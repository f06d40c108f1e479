import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import type { AssignedPartition, EventBus, SubscribeOptions, Subscription } from './port.ts';
import type { BusHarness } from './event-bus.contract.ts';

const deadline = { timeout: 60_000, interval: 20 };

/** Cases of the contract of every event bus about reading again what was committed. */
export function rewindContract(harness: () => BusHarness): void {
  let topic: string;
  let group: string;
  let bus: EventBus;
  let seen: string[];
  let asked: AssignedPartition[][];

  beforeEach(async () => {
    [topic, group] = [`t-${randomUUID()}`, `g-${randomUUID()}`];
    [seen, asked] = [[], []];
    bus = harness().bus();
    await harness().admin.create({ name: topic, partitions: 1, replicationFactor: 1, configs: {} });
    await send('0', '1', '2', '3', '4');
  });
  afterEach(async () => {
    await bus.close();
    await harness().admin.delete(topic);
  });

  const send = async (...values: string[]): Promise<void> => {
    await bus.publish(
      topic,
      values.map((value) => ({ key: 'one', value })),
    );
  };
  const subscribe = async (rewind?: NonNullable<SubscribeOptions['rewind']>): Promise<Subscription> =>
    await bus.subscribe({
      topics: [topic],
      group,
      concurrency: 1,
      onCrash: (error) => expect.unreachable(error.message),
      handle: ({ value }) => {
        seen.push(Buffer.from(value ?? []).toString());
        return Promise.resolve();
      },
      ...(rewind === undefined
        ? {}
        : {
            rewind: (partitions) => {
              asked.push([...partitions]);
              return rewind(partitions);
            },
          }),
    });
  const from = (offset: string) => async () => await Promise.resolve([{ topic, partition: 0, offset }]);
  const sees = async (...values: string[]): Promise<void> => {
    await vi.waitFor(() => {
      expect(seen).toEqual(values);
    }, deadline);
  };
  /** Five messages are dealt with and committed. */
  const committed = async (): Promise<void> => {
    const first = await subscribe();
    await sees('0', '1', '2', '3', '4');
    await first.stop();
    seen = [];
  };

  describe('a member that is given a partition', () => {
    it('reads it again from before what was committed, when it is told so', async () => {
      await committed();
      await subscribe(from('2'));
      await sees('2', '3', '4');
      expect(asked[0]).toEqual([{ topic, partition: 0, committed: '5' }]);
      await send('5');
      await sees('2', '3', '4', '5');
    });

    it('leaves nothing out, however far ahead it is told to begin', async () => {
      await committed();
      await subscribe(from('4711'));
      await send('5');
      await sees('5');
    });

    it('begins where it would, when it is told nothing, also where nothing is committed', async () => {
      await subscribe(async () => await Promise.resolve([]));
      await sees('0', '1', '2', '3', '4');
    });

    it('handles nothing before it is told from where', async () => {
      await committed();
      await send('5');
      const answer = Promise.withResolvers<undefined>();
      let rejections = 0;
      await subscribe(async () => {
        if ((rejections += 1) <= 2) throw new TypeError('Not yet');
        await answer.promise;
        return [{ topic, partition: 0, offset: '3' }];
      });
      await vi.waitFor(() => {
        expect(asked.length).toBeGreaterThan(2);
      }, deadline);
      expect(seen).toEqual([]);
      answer.resolve(undefined);
      await sees('3', '4', '5');
    });
  });

  describe('a member that is to read anew', () => {
    it('asks again for what it has, and goes back', async () => {
      let offset = '5';
      const member = await subscribe(async () => await from(offset)());
      await sees('0', '1', '2', '3', '4');
      await vi.waitFor(() => {
        expect(member.progress()).toMatchObject({ lag: 0, inFlight: 0 });
      }, deadline);
      offset = '3';
      await vi.waitFor(() => {
        expect(member.progress().lastCommitAt).toBeDefined();
      }, deadline);
      member.reread();
      await vi.waitFor(() => {
        expect(seen.slice(5)).toEqual(['3', '4']);
      }, deadline);
      await send('5');
      await vi.waitFor(() => {
        expect(seen.slice(5)).toEqual(['3', '4', '5']);
      }, deadline);
    });
  });
}
