import { Consumer, MessagesStreamModes, Producer } from '@platformatic/kafka';
import { BenchFailure } from '../errors.ts';
import { serveContender } from './contender.ts';

// @platformatic/kafka as its documentation shows it, with the same fetches and commits.
await serveContender(async ({ broker, topic, group }, handle) => {
  const base = { clientId: 'bench-platformatic', bootstrapBrokers: [broker], strict: true };
  const producer = new Producer<string, Buffer, string, string>({
    ...base,
    serializers: { key: (key) => (key === undefined ? undefined : Buffer.from(key)), value: (value) => value },
  });
  const consumer = new Consumer({
    ...base,
    groupId: group,
    sessionTimeout: 10_000,
    heartbeatInterval: 1000,
    maxWaitTime: 100,
    maxBytes: 8_388_608,
    maxBytesPerPartition: 1_048_576,
  });
  const stream = await consumer.consume({
    topics: [topic],
    mode: MessagesStreamModes.COMMITTED,
    fallbackMode: 'earliest',
    // The least that it takes.
    autocommit: 100,
  });
  const consuming = async (): Promise<void> => {
    for await (const _message of stream) await handle();
  };
  consuming().catch((error: unknown) => {
    process.nextTick(() => {
      throw new BenchFailure('The consumer has ended', { cause: error });
    });
  });
  return {
    produce: async (messages) => {
      await producer.send({ acks: -1, messages: messages.map(({ key, value }) => ({ topic, key, value })) });
    },
  };
});
