import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startRedis } from '@tagservice/testbed';
import type { TestRedis } from '@tagservice/testbed';
import { afterAll, afterEach, beforeAll, describe, expect, it, vi } from 'vitest';
import { createLogger } from '@tagservice/service-kit';
import { bullMqTimer } from './bullmq-timer.ts';
import type { BullMqTimerOptions } from './bullmq-timer.ts';
import { TimerUnavailable } from './message-timer.port.ts';
import type { DelayedMessage, MessageTimer } from './message-timer.port.ts';
import { messageTimerContract } from './message-timer.contract.ts';

const logger = createLogger({ level: 'info', base: {}, destination: { write: () => undefined } });
let redis: TestRedis;
const timers: MessageTimer[] = [];

/** As the operator writes it: the application can neither change the server nor empty it. What BullMQ needs has to be in there. */
const users = [
  'user default on nopass ~* &* +@all',
  'user app on nopass ~* &* +@all -@admin -@dangerous -script|flush -function|flush +info +role',
];
let folder: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'retry-timer-'));
  const aclFile = join(folder, 'users.acl');
  await writeFile(aclFile, `${users.join('\n')}\n`);
  redis = await startRedis({ replicas: 1, appendonly: true, aclFile });
});
// A timer that goes on after its test takes the messages of the next one.
afterEach(async () => {
  await Promise.all(timers.splice(0).map((timer) => timer.close()));
});
afterAll(async () => {
  await redis.stop();
  await rm(folder, { recursive: true, force: true });
});

function timerOn(over: Partial<BullMqTimerOptions> = {}): MessageTimer {
  const timer = bullMqTimer({
    name: 'retries',
    deliveries: 16,
    url: redis.url,
    username: 'app',
    password: 'any',
    acknowledgingReplicas: 1,
    most: 1_000,
    logger,
    deadAfterMs: 1_000,
    ...over,
  });
  timers.push(timer);
  return timer;
}

const one = (id: string): DelayedMessage => ({ id, key: 'k', value: Buffer.from('v'), headers: {} });

describe('the timer on BullMQ', () => {
  messageTimerContract(() => ({
    fresh: async () => void (await redis.command('FLUSHALL')),
    timer: (over) => timerOn(over),
  }));

  it('hands over again what a process that died was handing over', async () => {
    await redis.command('FLUSHALL');
    const dying = timerOn();
    const { promise: handed, resolve } = Promise.withResolvers<undefined>();
    // Never ends, and its lock is not renewed: as far as Redis can tell this process is gone.
    dying.start(() => {
      resolve(undefined);
      return new Promise(() => undefined);
    });
    await dying.schedule(one('orphan'), 0);
    await handed;
    await redis.command('CLIENT KILL TYPE normal');
    const seen: string[] = [];
    const other = timerOn();
    other.start(({ id }) => Promise.resolve(void seen.push(id)));
    await dying.close();
    await vi.waitFor(
      () => {
        expect(seen).toContain('orphan');
      },
      { timeout: 15_000, interval: 50 },
    );
  });

  it('does not take a message for kept that its replica does not have', async () => {
    await redis.command('FLUSHALL');
    const timer = timerOn({ timeoutMs: 1_000 });
    expect(await timer.schedule(one('before'), 60_000)).toBe('kept');
    await redis.replicas[0]!.pause();
    try {
      await expect(timer.schedule(one('unsure'), 60_000)).rejects.toThrow(/0 of 1 replicas|no answer/);
    } finally {
      redis.replicas[0]!.resume();
    }
    await vi.waitFor(
      async () => {
        expect(await timer.schedule(one('unsure'), 60_000)).toBe('kept');
      },
      { timeout: 15_000, interval: 100 },
    );
  });

  it('connects anew when its primary has become a replica, and goes on with the next one behind the address', async () => {
    await redis.command('FLUSHALL');
    const timer = timerOn({ acknowledgingReplicas: 0 });
    const seen: string[] = [];
    timer.start(({ id }) => Promise.resolve(void seen.push(id)));
    await timer.schedule(one('before'), 0);
    await redis.command(`REPLICAOF 127.0.0.1 ${String(redis.replicas[0]!.port)}`);
    await expect(timer.schedule(one('demoted'), 0)).rejects.toThrow(/READONLY/);
    await redis.command('REPLICAOF NO ONE');
    await vi.waitFor(
      async () => {
        expect(await timer.schedule(one('after'), 0)).toBe('kept');
        expect(seen).toContain('after');
      },
      { timeout: 20_000, interval: 100 },
    );
    await redis.restart();
  });

  it('says within its limit that Redis is away, and goes on when it is back, with everything it kept', async () => {
    await redis.command('FLUSHALL');
    const timer = timerOn({ timeoutMs: 500 });
    const seen: string[] = [];
    timer.start(({ id }) => Promise.resolve(void seen.push(id)));
    // The replica may still be on its way back from what a test before did.
    await vi.waitFor(
      async () => {
        expect(await timer.schedule(one('kept'), 1_500)).toBe('kept');
      },
      { timeout: 15_000, interval: 100 },
    );
    await redis.kill();
    const began = Date.now();
    await expect(timer.schedule(one('away'), 0)).rejects.toBeInstanceOf(TimerUnavailable);
    expect(Date.now() - began).toBeLessThan(1_500);
    // A count is good for a second.
    await vi.waitFor(
      async () => {
        expect(await timer.waiting()).toBeUndefined();
      },
      { timeout: 5_000, interval: 50 },
    );
    await redis.restart();
    await vi.waitFor(
      () => {
        expect(seen).toContain('kept');
      },
      { timeout: 20_000, interval: 50 },
    );
  });
});
