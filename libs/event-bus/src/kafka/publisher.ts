import type { Kafka } from 'kafkajs';
import { BusClosed, BusUnavailable } from '../errors.ts';
import type { OutgoingMessage } from '../port.ts';
import { withTraceContext } from '../trace.ts';
import { withinDeadline } from './failure.ts';
import { OurRecord } from './records/produce-request.ts';
import { quickProduce } from './records/quick-produce.ts';
import { Publication, TopicLane } from './topic-lane.ts';

/** Most messages that may wait for a broker that is slow or away. */
const maxWaiting = 50_000;

/** Most bytes of their values. One larger call is still taken, alone. */
const maxWaitingBytes = 67_108_864;

/** Writes messages with acks from all in-sync replicas. What waits is bounded by count and bytes: beyond that a call fails at once. */
export class KafkaPublisher {
  readonly #kafka: Kafka;
  readonly #brokers: readonly string[];
  readonly #timeoutMs: number;
  readonly #lanes = new Map<string, TopicLane>();
  #waiting = 0;
  #waitingBytes = 0;
  #closed = false;

  constructor(kafka: Kafka, options: { readonly brokers: readonly string[]; readonly timeoutMs: number }) {
    quickProduce();
    this.#kafka = kafka;
    this.#brokers = options.brokers;
    this.#timeoutMs = options.timeoutMs;
  }

  async publish(topic: string, messages: readonly OutgoingMessage[]): Promise<void> {
    if (this.#closed) throw new BusClosed();
    if (messages.length === 0) return;
    if (this.#waiting > 0 && this.#waiting + messages.length > maxWaiting)
      throw new BusUnavailable(this.#brokers, `${String(this.#waiting)} messages are waiting already`);
    const publication = new Publication(recordsOf(messages));
    if (this.#waiting > 0 && this.#waitingBytes + publication.bytes > maxWaitingBytes)
      throw new BusUnavailable(this.#brokers, `${String(this.#waitingBytes)} bytes are waiting already`);
    this.#waiting += messages.length;
    this.#waitingBytes += publication.bytes;
    this.#lane(topic).add(publication);
    try {
      await withinDeadline(publication.done, { brokers: this.#brokers, ms: this.#timeoutMs });
    } finally {
      publication.abandon();
      this.#waiting -= messages.length;
      this.#waitingBytes -= publication.bytes;
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    const closing = Promise.all(Array.from(this.#lanes.values(), (lane) => lane.close()));
    await withinDeadline(closing, { brokers: this.#brokers, ms: 2000 }).catch(() => undefined);
  }

  #lane(topic: string): TopicLane {
    let lane = this.#lanes.get(topic);
    if (lane === undefined) {
      lane = new TopicLane(this.#kafka, { topic, brokers: this.#brokers, timeoutMs: this.#timeoutMs });
      this.#lanes.set(topic, lane);
    }
    return lane;
  }
}

function recordsOf(messages: readonly OutgoingMessage[]): OurRecord[] {
  // One context for the whole call: it is the active one.
  const trace = withTraceContext(undefined);
  return messages.map(({ key, value, headers }) => {
    const bytes =
      typeof value === 'string' ? Buffer.from(value) : Buffer.from(value.buffer, value.byteOffset, value.byteLength);
    return new OurRecord(key, bytes, { ...headers, ...trace });
  });
}
