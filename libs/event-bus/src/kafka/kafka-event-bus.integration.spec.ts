import { afterAll, beforeAll, describe } from 'vitest';
import { sharedKafka } from '@tagservice/testbed';
import { eventBusContract, type BusHarness } from '../event-bus.contract.ts';
import { rewindContract } from '../rewind.contract.ts';
import { topicAdminContract } from '../topic-admin.contract.ts';
import { kafkaEventBus } from './kafka-event-bus.ts';
import { kafkaTopicAdmin } from './kafka-topic-admin.ts';

let harness: BusHarness;

beforeAll(async () => {
  const brokers = [await sharedKafka()];
  harness = {
    bus: () => kafkaEventBus({ brokers, clientId: 'contract', backOff: { initialMs: 1, maxMs: 5 } }),
    admin: kafkaTopicAdmin({ brokers, clientId: 'contract-admin', timeoutMs: 30_000 }),
  };
});

afterAll(async () => {
  await harness.admin.close();
});

describe('the Kafka event bus', () => {
  eventBusContract(() => harness);
  rewindContract(() => harness);
});

describe('the Kafka topic admin', () => {
  topicAdminContract(() => harness);
});
