import type { Kafka, Message, Producer } from 'kafkajs';
import { BusClosed, BusUnavailable } from '../errors.ts';
import type { OutgoingMessage } from '../port.ts';
import { partitionOf } from '../partition.ts';
import { protocolCode, topicFailure, withinDeadline } from './failure.ts';

/** Most bytes of values in one request: below the brokers' default of 1 MiB for one batch of records. */
const batchBytes = 524_288;

/** Most messages that may wait for a broker that is slow or away. */
const maxWaiting = 50_000;

/** Most bytes of their values. One larger call is still taken, alone. */
const maxWaitingBytes = 67_108_864;

/** A call of `publish` that waits for its turn. */
interface Publication {
  messages: readonly Message[];
  readonly bytes: number;
  readonly resolve: () => void;
  readonly reject: (error: Error) => void;
  settled: boolean;
}

interface Lane {
  readonly waiting: Publication[];
  sending: boolean;
}

/**
 * Writes messages with acks from all in-sync replicas. Calls that come while a request is on its way travel together in the
 * next one, per topic: one request at a time keeps the order and fills the batches by itself.
 *
 * kafkajs' idempotent producer stays off: it calls that mode experimental, it admits one request in flight over all topics,
 * and a message that a retry doubles has no second effect, since results are applied by job id.
 */
export class KafkaPublisher {
  readonly #producer: Producer;
  readonly #brokers: readonly string[];
  readonly #timeoutMs: number;
  readonly #lanes = new Map<string, Lane>();
  #connection: Promise<void> | undefined;
  #waiting = 0;
  #waitingBytes = 0;
  #closed = false;

  constructor(kafka: Kafka, options: { readonly brokers: readonly string[]; readonly timeoutMs: number }) {
    this.#brokers = options.brokers;
    this.#timeoutMs = options.timeoutMs;
    this.#producer = kafka.producer({
      allowAutoTopicCreation: false,
      createPartitioner:
        () =>
        ({ message, partitionMetadata }) =>
          partitionOf(String(message.key), partitionMetadata.length),
      retry: { initialRetryTime: 100, maxRetryTime: 1000, retries: 3 },
    });
  }

  async publish(topic: string, messages: readonly OutgoingMessage[]): Promise<void> {
    if (this.#closed) throw new BusClosed();
    if (messages.length === 0) return;
    if (this.#waiting > 0 && this.#waiting + messages.length > maxWaiting)
      throw new BusUnavailable(this.#brokers, `${String(this.#waiting)} messages are waiting already`);
    const deferred = Promise.withResolvers<undefined>();
    const publication = publicationOf(messages, deferred);
    if (this.#waiting > 0 && this.#waitingBytes + publication.bytes > maxWaitingBytes)
      throw new BusUnavailable(this.#brokers, `${String(this.#waitingBytes)} bytes are waiting already`);
    this.#waiting += messages.length;
    this.#waitingBytes += publication.bytes;
    const lane = this.#lane(topic);
    lane.waiting.push(publication);
    void this.#send(topic, lane);
    try {
      await withinDeadline(deferred.promise, { brokers: this.#brokers, ms: this.#timeoutMs });
    } finally {
      publication.settled = true;
      // It may stand in line behind a request that hangs; nobody waits for what it holds.
      publication.messages = [];
      this.#waiting -= messages.length;
      this.#waitingBytes -= publication.bytes;
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    await withinDeadline(this.#producer.disconnect(), { brokers: this.#brokers, ms: 2000 }).catch(() => undefined);
  }

  #lane(topic: string): Lane {
    let lane = this.#lanes.get(topic);
    if (lane === undefined) this.#lanes.set(topic, (lane = { waiting: [], sending: false }));
    return lane;
  }

  async #send(topic: string, lane: Lane): Promise<void> {
    if (lane.sending) return;
    lane.sending = true;
    for (let batch = takeBatch(lane.waiting); batch.length > 0; batch = takeBatch(lane.waiting)) {
      await this.#sendBatch(topic, batch);
    }
    lane.sending = false;
  }

  async #sendBatch(topic: string, batch: readonly Publication[]): Promise<void> {
    try {
      await this.#connect();
      // Of those whose callers have given up meanwhile there is nothing left to send.
      const messages = batch.flatMap((publication) => publication.messages);
      if (messages.length > 0) await this.#producer.send({ topic, acks: -1, timeout: this.#timeoutMs, messages });
      for (const publication of batch) publication.resolve();
    } catch (error) {
      await this.#fail(topic, batch, error);
    }
  }

  async #fail(topic: string, batch: readonly Publication[], error: unknown): Promise<void> {
    // One message that the broker refuses (such as one too large) must not fail those that only travelled with it.
    if (batch.length > 1 && protocolCode(error) !== undefined) {
      for (const publication of batch) await this.#sendBatch(topic, [publication]);
      return;
    }
    const failure = topicFailure(this.#brokers, topic, error);
    for (const publication of batch) publication.reject(failure);
  }

  async #connect(): Promise<void> {
    this.#connection ??= this.#producer.connect().catch((error: unknown) => {
      this.#connection = undefined;
      throw error;
    });
    await this.#connection;
  }
}

/** The next messages to send together; those whose callers have given up are left out. */
function takeBatch(waiting: Publication[]): Publication[] {
  const batch: Publication[] = [];
  let bytes = 0;
  let count = 0;
  for (const publication of waiting) {
    if (!publication.settled) {
      if (batch.length > 0 && bytes + publication.bytes > batchBytes) break;
      batch.push(publication);
      bytes += publication.bytes;
    }
    count += 1;
  }
  waiting.splice(0, count);
  return batch;
}

function publicationOf(
  messages: readonly OutgoingMessage[],
  { resolve, reject }: PromiseWithResolvers<undefined>,
): Publication {
  let bytes = 0;
  const encoded = messages.map(({ key, value, headers }): Message => {
    const buffer =
      typeof value === 'string' ? Buffer.from(value) : Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    bytes += buffer.byteLength;
    return { key, value: buffer, headers: { ...headers } };
  });
  return {
    messages: encoded,
    bytes,
    reject,
    settled: false,
    resolve: () => {
      resolve(undefined);
    },
  };
}
