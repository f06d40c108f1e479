import { randomUUID } from 'node:crypto';
import process from 'node:process';
import { setTimeout as pause } from 'node:timers/promises';
import { bullMqTimer } from '@tagservice/timers';
import { kafkaEventBus, kafkaTopicAdmin } from '@tagservice/event-bus';
import { createLogger } from '@tagservice/service-kit';
import { startKafka, startRedis } from '@tagservice/testbed';
import { BenchFailure } from '../errors.ts';
import type { BenchCase, Measure } from '../measure.ts';
import { percentile } from '../statistics.ts';

const delayMs = 3_000;
/** Messages that are being scheduled at the same time, as a worker works on. */
const callers = 16;

interface Figures {
  /** From asking to knowing that it is kept, milliseconds each. */
  readonly schedulingMs: readonly number[];
  /** Later than it was due, milliseconds each. */
  readonly lateMs: readonly number[];
  /** Of this process for one message there and back, in microseconds. */
  readonly cpuMicroseconds: number;
}

/** Something that brings messages again after a while. */
interface Timer {
  schedule(n: number): Promise<unknown>;
  close(): Promise<void>;
}

/** BullMQ on a Redis with a replica that acknowledges, against a topic whose consumer waits until each message is due. */
export const retryTimerCase: BenchCase = {
  name: 'retry-timer',
  summary: 'jobs put off in BullMQ, against a topic of delayed messages',
  run: async ({ scale }) => {
    const count = Math.max(100, Math.round(3_000 * scale));
    const [kafka, redis] = await Promise.all([startKafka(), startRedis({ replicas: 1, appendonly: true })]);
    try {
      const topics = await measure(count, (came) => delayTopic(kafka.address, came));
      const bullmq = await measure(count, (came) => bullMq(redis.url, came));
      return measuresOf(bullmq, topics);
    } finally {
      await Promise.all([kafka.stop(), redis.stop()]);
    }
  },
};

async function measure(count: number, make: (came: (n: number) => void) => Promise<Timer>): Promise<Figures> {
  const due = new Map<number, number>();
  const figures = { schedulingMs: [] as number[], lateMs: [] as number[] };
  const timer = await make((n) => {
    figures.lateMs.push(performance.now() - (due.get(n) ?? Number.NaN));
  });
  const scheduleSome = async (first: number): Promise<void> => {
    for (let n = first; n < count; n += callers) {
      const began = performance.now();
      due.set(n, began + delayMs);
      await timer.schedule(n);
      figures.schedulingMs.push(performance.now() - began);
    }
  };
  const before = process.cpuUsage();
  await Promise.all(Array.from({ length: callers }, (_, first) => scheduleSome(first)));
  const limit = performance.now() + 60_000;
  while (figures.lateMs.length < count && performance.now() < limit) await pause(20);
  const { user, system } = process.cpuUsage(before);
  await timer.close();
  if (figures.lateMs.length < count) throw new BenchFailure('Not all messages came again within a minute.');
  return { ...figures, cpuMicroseconds: (user + system) / count };
}

const value = Buffer.alloc(400, 0x61);

async function bullMq(url: string, came: (n: number) => void): Promise<Timer> {
  const logger = createLogger({ level: 'info', base: {}, destination: { write: () => undefined } });
  const timer = bullMqTimer({
    url,
    name: 'retries',
    deliveries: 16,
    acknowledgingReplicas: 1,
    most: 1_000_000,
    logger,
  });
  timer.start(({ key }) => {
    came(Number(key));
    return Promise.resolve();
  });
  await timer.schedule({ id: 'warm-up', key: '-1', value, headers: {} }, 0);
  return {
    schedule: (n) => timer.schedule({ id: `job-${String(n)}`, key: String(n), value, headers: {} }, delayMs),
    close: () => timer.close(),
  };
}

async function delayTopic(broker: string, came: (n: number) => void): Promise<Timer> {
  const topic = `delayed-${randomUUID()}`;
  const admin = kafkaTopicAdmin({ brokers: [broker], clientId: 'bench', timeoutMs: 30_000 });
  await admin.create({ name: topic, partitions: 4, replicationFactor: 1, configs: {} });
  const bus = kafkaEventBus({ brokers: [broker], clientId: 'bench' });
  const joined = Promise.withResolvers<undefined>();
  await bus.subscribe({
    topics: [topic],
    group: `${topic}-group`,
    concurrency: 100_000,
    onCrash: (error) => {
      joined.reject(error);
    },
    handle: async ({ key, timestamp }) => {
      joined.resolve(undefined);
      if (key === '-1') return;
      await pause(Math.max(0, timestamp + delayMs - Date.now()));
      came(Number(key));
    },
  });
  await bus.publish(topic, [{ key: '-1', value }]);
  await joined.promise;
  return {
    schedule: (n) => bus.publish(topic, [{ key: String(n), value }]),
    close: async () => {
      await bus.close();
      await admin.close();
    },
  };
}

function measuresOf(bullmq: Figures, topics: Figures): Measure[] {
  const referenceName = 'a topic of delayed messages';
  const of = (name: string, unit: string, read: (figures: Figures) => number): Measure => ({
    name: `retry-timer.${name}`,
    unit,
    value: read(bullmq),
    reference: read(topics),
    referenceName,
  });
  return [
    of('schedule.p50', 'ms', ({ schedulingMs }) => percentile(schedulingMs, 50)),
    of('schedule.p99', 'ms', ({ schedulingMs }) => percentile(schedulingMs, 99)),
    of('late.p50', 'ms', ({ lateMs }) => percentile(lateMs, 50)),
    of('late.p99', 'ms', ({ lateMs }) => percentile(lateMs, 99)),
    of('cpu', 'us/message', ({ cpuMicroseconds }) => cpuMicroseconds),
  ];
}
