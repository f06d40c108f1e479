import { freePorts } from '@tagservice/testbed';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { BusClosed, BusUnavailable } from '../errors.ts';
import type { EventBus } from '../port.ts';
import { kafkaEventBus } from './kafka-event-bus.ts';

let bus: EventBus;
beforeEach(async () => {
  const [dead] = await freePorts(1);
  bus = kafkaEventBus({ brokers: [`127.0.0.1:${String(dead)}`], clientId: 'test', publishTimeoutMs: 300 });
});
afterEach(() => bus.close());

const failureOf = async (publishing: Promise<void>): Promise<string> =>
  publishing.then(
    () => 'none',
    (error: unknown) => {
      expect(error).toBeInstanceOf(BusUnavailable);
      return (error as Error).message;
    },
  );

describe('messages for a broker that is away', () => {
  it('wait as long as was said, and then fail', async () => {
    expect(await failureOf(bus.publish('t', [{ key: 'a', value: '1' }]))).toMatch(
      /no answer within 300 ms|ECONNREFUSED/,
    );
  });

  it('wait only up to so many bytes: what comes then fails at once, and there is room again when they are gone', async () => {
    const value = Buffer.alloc(1_048_576);
    const waiting = Array.from({ length: 64 }, () => failureOf(bus.publish('t', [{ key: 'a', value }])));
    expect(await failureOf(bus.publish('t', [{ key: 'a', value: 'x' }]))).toContain('bytes are waiting already');
    for (const message of await Promise.all(waiting)) expect(message).not.toContain('waiting already');
    expect(await failureOf(bus.publish('t', [{ key: 'a', value: 'x' }]))).not.toContain('waiting already');
  });

  it('wait only up to so many of them', async () => {
    const many = Array.from({ length: 50_000 }, () => ({ key: 'a', value: '' }));
    const waiting = failureOf(bus.publish('t', many));
    expect(await failureOf(bus.publish('t', [{ key: 'a', value: '' }]))).toContain(
      '50000 messages are waiting already',
    );
    await waiting;
  });

  it('are taken where a single call brings more than may wait, since nothing else does', async () => {
    const large = [{ key: 'a', value: Buffer.alloc(70_000_000) }];
    expect(await failureOf(bus.publish('t', large))).not.toContain('waiting already');
  });

  it('are not taken any longer once the bus is closed; no messages are no work', async () => {
    await expect(bus.publish('t', [])).resolves.toBeUndefined();
    await bus.close();
    await expect(bus.publish('t', [{ key: 'a', value: '1' }])).rejects.toBeInstanceOf(BusClosed);
  });
});
