import { kafkaEventBus } from '@tagservice/event-bus';
import { BenchFailure } from '../errors.ts';
import { serveContender } from './contender.ts';

// Our bus as a measured process.
await serveContender(async ({ broker, topic, group }, handle) => {
  const bus = kafkaEventBus({ brokers: [broker], clientId: 'bench-ours', publishTimeoutMs: 30_000 });
  await bus.subscribe({
    topics: [topic],
    group,
    concurrency: 64,
    handle,
    onCrash: (error) => {
      throw new BenchFailure('The consumer has ended', { cause: error });
    },
  });
  return {
    produce: async (messages) => {
      await bus.publish(topic, messages);
    },
  };
});
