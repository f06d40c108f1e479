import kafkajs from 'kafkajs';
import { serveContender } from './contender.ts';

// kafkajs as its documentation shows it, with the limits that our bus sets: same fetches, same commits, acks of all replicas.
await serveContender(async ({ broker, topic, group }, handle) => {
  const kafka = new kafkajs.Kafka({ brokers: [broker], clientId: 'bench-kafkajs', logLevel: kafkajs.logLevel.ERROR });
  const producer = kafka.producer({
    allowAutoTopicCreation: false,
    createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
  });
  await producer.connect();
  const consumer = kafka.consumer({
    groupId: group,
    sessionTimeout: 10_000,
    heartbeatInterval: 1000,
    maxWaitTimeInMs: 100,
    maxBytesPerPartition: 1_048_576,
    maxBytes: 8_388_608,
  });
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  await consumer.run({
    autoCommitInterval: 50,
    partitionsConsumedConcurrently: 4,
    eachBatch: async ({ batch, resolveOffset, commitOffsetsIfNecessary }) => {
      for (const message of batch.messages) {
        await handle();
        resolveOffset(message.offset);
      }
      await commitOffsetsIfNecessary();
    },
  });
  return {
    produce: async (messages) => {
      await producer.send({ topic, acks: -1, messages: [...messages] });
    },
  };
});
