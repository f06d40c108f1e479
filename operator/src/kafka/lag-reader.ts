import type { Clock } from '@tagservice/controller-runtime';
import type { TagService } from '@tagservice/crd';
import type { LagReading } from '@tagservice/event-bus/topic-admin';
import { namesOf, serviceKey } from '../children/names.ts';
import { BackgroundWork } from './background-work.ts';
import type { KafkaClients } from './kafka-clients.ts';
import { within } from './within.ts';

/** `pending`: Kafka was asked for the first time and has not answered yet, which says nothing. */
export type LagFinding = LagReading & { readonly pending?: true };

/** Reads how many messages wait for a TagService. */
export interface LagReader {
  /**
   * A reading of at most two seconds ago; many askers share one. Where newer ones fail, the last one counts for half a minute: a broker that is
   * slow once is no news. After that the error is a value of its own, never a zero.
   */
  read(service: TagService): Promise<LagFinding>;
  forget(key: string): void;
}

const FRESH_FOR_MS = 2_000;
const COUNTS_FOR_MS = 30_000;
/** The autoscaler gives up on its own call after some seconds; a step must not wait that long either. */
const PATIENCE_MS = 1_500;
const LIMIT_MS = 5_000;

/** `readAt`: on the monotonic clock, in milliseconds. */
type Read = { readonly reading: LagReading; readonly readAt: number };

/** A reader on these clients. */
export function lagReader(options: {
  clients: KafkaClients;
  clock: Clock;
  finished: (key: string) => void;
}): LagReader {
  const { clients, clock } = options;

  async function run(service: TagService, before: Read | undefined): Promise<Read> {
    const reading = await ask(service);
    const readAt = clock.monotonic();
    const stillCounts = before?.reading.kind === 'known' && readAt - before.readAt < COUNTS_FOR_MS;
    return reading.kind === 'unknown' && stillCounts ? before : { reading, readAt };
  }

  async function ask(service: TagService): Promise<LagReading> {
    const { topics } = namesOf(service);
    const what = `lag of group ${topics.computeGroup} on topic ${topics.requests} at ${service.spec.kafka.brokers.join(', ')}`;
    try {
      const client = await clients.of(service);
      if (client.kind === 'missing') return { kind: 'unknown', reason: client.outcome.message };
      const reading = client.admin.lag(topics.requests, topics.computeGroup);
      return await within(reading, { what, limitMs: LIMIT_MS, clock });
    } catch (error) {
      return { kind: 'unknown', reason: error instanceof Error ? error.message : String(error) };
    }
  }

  const work = new BackgroundWork({
    run,
    freshForMs: () => FRESH_FOR_MS,
    patienceMs: PATIENCE_MS,
    clock,
    finished: options.finished,
  });
  return {
    async read(service) {
      const key = serviceKey(service);
      const { brokers } = service.spec.kafka;
      const read = await work.result(key, JSON.stringify([brokers, namesOf(service).topicPrefix]), service);
      if (read !== undefined) return read.reading;
      return { kind: 'unknown', reason: `Kafka at ${brokers.join(', ')} has not answered yet`, pending: true };
    },
    forget: (key) => {
      work.forget(key);
    },
  };
}
