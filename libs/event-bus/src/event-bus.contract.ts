import { randomUUID } from 'node:crypto';
import { afterEach, beforeEach, expect, it, vi } from 'vitest';
import { BusClosed, TopicMissing } from './errors.ts';
import type { EventBus, IncomingMessage, SubscribeOptions } from './port.ts';
import type { TopicAdmin } from './topic-admin.port.ts';

/** What the suite needs of an adapter: clients of one and the same broker. */
export interface BusHarness {
  /** A client of its own, as another process would have. */
  bus(): EventBus;
  readonly admin: TopicAdmin;
}

const deadline = { timeout: 20_000, interval: 10 };

function text({ value }: IncomingMessage): string {
  return Buffer.from(value ?? []).toString();
}

/** A handler that does not end before it is told to. */
function gate(): { open: () => void; passed: Promise<void> } {
  const { promise, resolve } = Promise.withResolvers<undefined>();
  return {
    open: () => {
      resolve(undefined);
    },
    passed: promise,
  };
}

/** The behaviour of every event bus. */
export function eventBusContract(harness: () => BusHarness): void {
  let topic: string;
  let group: string;
  let buses: EventBus[];

  const newBus = (): EventBus => {
    const bus = harness().bus();
    buses.push(bus);
    return bus;
  };
  const consume = (
    options: Partial<SubscribeOptions> & Pick<SubscribeOptions, 'handle'>,
  ): Parameters<EventBus['subscribe']>[0] => ({
    topics: [topic],
    group,
    concurrency: 8,
    onCrash: (error) => expect.unreachable(error.message),
    ...options,
  });

  beforeEach(async () => {
    topic = `t-${randomUUID()}`;
    group = `g-${randomUUID()}`;
    buses = [];
    await harness().admin.create({ name: topic, partitions: 4, replicationFactor: 1, configs: {} });
  });

  afterEach(async () => {
    await Promise.all(
      buses.map(async (bus) => {
        await bus.close();
      }),
    );
    await harness().admin.delete(topic);
  });

  it('delivers value, key and headers as they were sent', async () => {
    const bus = newBus();
    const seen: IncomingMessage[] = [];
    await bus.subscribe(consume({ handle: (message) => Promise.resolve(void seen.push(message)) }));
    const headers = { reason: 'tést', empty: '', toString: 'not a function', ['__proto__']: 'not a prototype' };
    const value = Buffer.from([0, 255, 128]);
    await bus.publish(topic, [{ key: 'a-kéy', value, headers }]);
    await vi.waitFor(() => {
      expect(seen).toHaveLength(1);
    }, deadline);
    expect(seen[0]).toMatchObject({ topic, key: 'a-kéy' });
    expect(Buffer.from(seen[0]!.value!)).toEqual(value);
    expect(Object.entries(seen[0]!.headers)).toEqual(expect.arrayContaining(Object.entries(headers)));
    expect(Math.abs(Date.now() - seen[0]!.timestamp)).toBeLessThan(60_000);
  });

  it('keeps the order of one key and spreads keys over the partitions', async () => {
    const bus = newBus();
    const seen: IncomingMessage[] = [];
    await bus.publish(
      topic,
      Array.from({ length: 40 }, (_, n) => ({ key: `k${String(n % 10)}`, value: String(n) })),
    );
    await bus.subscribe(
      consume({
        concurrency: 1,
        handle: (message) => {
          seen.push(message);
          return Promise.resolve();
        },
      }),
    );
    await vi.waitFor(() => {
      expect(new Set(seen.map(text)).size).toBe(40);
    }, deadline);
    const ofOneKey = seen.filter(({ key }) => key === 'k3');
    // At least once: what a retry of the producer wrote twice keeps its place at the first occurrence.
    expect(Array.from(new Set(ofOneKey.map(text)))).toEqual(['3', '13', '23', '33']);
    expect(new Set(ofOneKey.map(({ partition }) => partition)).size).toBe(1);
    expect(new Set(seen.map(({ partition }) => partition)).size).toBeGreaterThan(1);
  });

  it('gives a new group all messages that were there before it', async () => {
    const bus = newBus();
    await bus.publish(topic, [{ key: 'a', value: 'early' }]);
    const seen: string[] = [];
    await bus.subscribe(
      consume({
        handle: (message) => {
          seen.push(text(message));
          return Promise.resolve();
        },
      }),
    );
    await vi.waitFor(() => {
      expect(seen).toEqual(['early']);
    }, deadline);
  });

  it('goes on where the group stopped', async () => {
    const bus = newBus();
    const first: string[] = [];
    const subscription = await bus.subscribe(
      consume({
        handle: (message) => {
          first.push(text(message));
          return Promise.resolve();
        },
      }),
    );
    await bus.publish(topic, [
      { key: 'a', value: '1' },
      { key: 'b', value: '2' },
    ]);
    await vi.waitFor(() => {
      expect(first).toHaveLength(2);
    }, deadline);
    await subscription.stop();
    await bus.publish(topic, [{ key: 'a', value: '3' }]);
    const second: string[] = [];
    await newBus().subscribe(
      consume({
        handle: (message) => {
          second.push(text(message));
          return Promise.resolve();
        },
      }),
    );
    await vi.waitFor(() => {
      expect(second).toEqual(['3']);
    }, deadline);
    expect(first).toHaveLength(2);
  });

  it('gives a message again when its handler fails, and holds up nobody else', async () => {
    const bus = newBus();
    const deliveries: number[] = [];
    const others = new Set<string>();
    const subscription = await bus.subscribe(
      consume({
        concurrency: 2,
        handle: (message, { delivery }) => {
          if (text(message) !== 'bad') return Promise.resolve(void others.add(text(message)));
          deliveries.push(delivery);
          return delivery < 4 ? Promise.reject(new Error('not yet')) : Promise.resolve();
        },
      }),
    );
    await bus.publish(topic, [
      { key: 'a', value: 'bad' },
      ...Array.from({ length: 20 }, (_, n) => ({ key: String(n), value: String(n) })),
    ]);
    await vi.waitFor(() => {
      expect(others.size).toBe(20);
    }, deadline);
    await vi.waitFor(() => {
      expect(deliveries).toEqual([1, 2, 3, 4]);
    }, deadline);
    await vi.waitFor(() => {
      expect(subscription.progress()).toMatchObject({ inFlight: 0, lag: 0 });
    }, deadline);
  });

  it('commits nothing behind a message that is not dealt with', async () => {
    const bus = newBus();
    const seen = new Set<string>();
    const subscription = await bus.subscribe(
      consume({
        handle: (message) => {
          seen.add(text(message));
          return text(message) === '1' ? Promise.reject(new Error('stuck')) : Promise.resolve();
        },
      }),
    );
    await bus.publish(
      topic,
      ['0', '1', '2', '3'].map((value) => ({ key: 'same', value })),
    );
    await vi.waitFor(() => {
      expect(seen.size).toBe(4);
    }, deadline);
    await vi.waitFor(async () => {
      expect(await harness().admin.lag(topic, group)).toMatchObject({ kind: 'known', total: 3 });
    }, deadline);
    await subscription.stop({ graceMs: 100 });
    const again: string[] = [];
    await newBus().subscribe(
      consume({
        concurrency: 1,
        handle: (message) => {
          again.push(text(message));
          return Promise.resolve();
        },
      }),
    );
    await vi.waitFor(() => {
      expect(again).toEqual(['1', '2', '3']);
    }, deadline);
  });

  it('handles as many messages at once as it may, also of one partition, and no more', async () => {
    const bus = newBus();
    const { open, passed } = gate();
    let running = 0;
    let most = 0;
    let done = 0;
    await bus.subscribe(
      consume({
        concurrency: 3,
        handle: async () => {
          most = Math.max(most, (running += 1));
          await passed;
          running -= 1;
          done += 1;
        },
      }),
    );
    await bus.publish(
      topic,
      Array.from({ length: 12 }, (_, n) => ({ key: 'same', value: String(n) })),
    );
    await vi.waitFor(() => {
      expect(running).toBe(3);
    }, deadline);
    open();
    await vi.waitFor(() => {
      expect(done).toBe(12);
    }, deadline);
    expect(most).toBe(3);
  });

  it('stops only after the handlers in flight have ended, and commits what they did', async () => {
    const bus = newBus();
    const { open, passed } = gate();
    let begun = 0;
    const subscription = await bus.subscribe(
      consume({
        handle: async () => {
          begun += 1;
          await passed;
        },
      }),
    );
    await bus.publish(topic, [{ key: 'a', value: '1' }]);
    await vi.waitFor(() => {
      expect(begun).toBe(1);
    }, deadline);
    const stopped = subscription.stop({ graceMs: 15_000 });
    open();
    await stopped;
    expect(await harness().admin.lag(topic, group)).toMatchObject({ kind: 'known', total: 0 });
  });

  it('aborts what outlasts the grace of a stop, and gives it to the next member', async () => {
    const bus = newBus();
    let aborted = false;
    const subscription = await bus.subscribe(
      consume({
        handle: async (_message, { signal }) => {
          await new Promise((resolve) => {
            signal.addEventListener('abort', resolve, { once: true });
          });
          aborted = true;
        },
      }),
    );
    await bus.publish(topic, [{ key: 'a', value: 'slow' }]);
    await vi.waitFor(() => {
      expect(subscription.progress().inFlight).toBe(1);
    }, deadline);
    await subscription.stop({ graceMs: 20 });
    expect(aborted).toBe(true);
    const seen: string[] = [];
    await newBus().subscribe(
      consume({
        handle: (message) => {
          seen.push(text(message));
          return Promise.resolve();
        },
      }),
    );
    await vi.waitFor(() => {
      expect(seen).toEqual(['slow']);
    }, deadline);
  });

  it('shares the partitions between the members of a group, and leaves none behind when one goes', async () => {
    const handled = new Map<string, number>();
    const handle = (message: IncomingMessage): Promise<void> => {
      handled.set(text(message), (handled.get(text(message)) ?? 0) + 1);
      return Promise.resolve();
    };
    const one = await newBus().subscribe(consume({ handle }));
    const two = await newBus().subscribe(consume({ handle }));
    await vi.waitFor(() => {
      expect([one.progress().assigned, two.progress().assigned]).toEqual([2, 2]);
    }, deadline);
    const publisher = newBus();
    const send = (from: number): Promise<void> =>
      publisher.publish(
        topic,
        Array.from({ length: 50 }, (_, n) => ({ key: String(from + n), value: String(from + n) })),
      );
    await send(0);
    await vi.waitFor(() => {
      expect(handled.size).toBe(50);
    }, deadline);
    const stopped = two.stop();
    await send(50);
    await stopped;
    await vi.waitFor(() => {
      expect(one.progress().assigned).toBe(4);
    }, deadline);
    await send(100);
    await vi.waitFor(() => {
      expect(handled.size).toBe(150);
    }, deadline);
    await vi.waitFor(async () => {
      expect(await harness().admin.lag(topic, group)).toMatchObject({ kind: 'known', total: 0 });
    }, deadline);
  });

  it('takes no more in than its bound of bytes allows', async () => {
    const bus = newBus();
    const { open, passed } = gate();
    let done = 0;
    const subscription = await bus.subscribe(
      consume({
        concurrency: 1,
        maxInFlightBytes: 100_000,
        handle: async () => {
          await passed;
          done += 1;
        },
      }),
    );
    const value = 'x'.repeat(10_000);
    // One call a message, so that no fetch can hold them all.
    const publishOne = (): Promise<void> => bus.publish(topic, [{ key: 'same', value }]);
    for (let n = 0; n < 15; n += 1) await publishOne();
    await vi.waitFor(() => {
      expect(subscription.progress().inFlight).toBeGreaterThanOrEqual(10);
    }, deadline);
    for (let n = 0; n < 25; n += 1) await publishOne();
    expect(subscription.progress().inFlight).toBeLessThan(40);
    open();
    await vi.waitFor(() => {
      expect(done).toBe(40);
    }, deadline);
  });

  it('refuses to publish to a topic that does not exist, and does not create it', async () => {
    const missing = `missing-${randomUUID()}`;
    await expect(newBus().publish(missing, [{ key: 'a', value: '1' }])).rejects.toBeInstanceOf(TopicMissing);
    expect(await harness().admin.describe([missing])).toEqual([]);
  });

  it('answers a ping', async () => {
    await expect(newBus().ping()).resolves.toBeUndefined();
  });

  it('accepts nothing once it is closed', async () => {
    const bus = harness().bus();
    await bus.close();
    await expect(bus.publish(topic, [{ key: 'a', value: '1' }])).rejects.toBeInstanceOf(BusClosed);
    await expect(bus.subscribe(consume({ handle: () => Promise.resolve() }))).rejects.toBeInstanceOf(BusClosed);
  });
}
