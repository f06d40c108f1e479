import type { Kafka, Producer } from 'kafkajs';
import { BusUnavailable } from '../errors.ts';
import { partitionOf } from '../partition.ts';
import { protocolCode, topicFailure } from './failure.ts';
import type { OurRecord } from './records/produce-request.ts';

/** Most bytes of one request: below the brokers' default of 1 MiB for one batch of records, whatever partitions it goes to. */
const batchBytes = 524_288;

/** Most messages of one request. kafkajs copies what it has sorted by partition for each message that it adds: thousands are still cheap. */
const batchMessages = 2_000;

/** What a record takes beyond its value, roughly: key, headers, lengths. */
const recordOverhead = 96;

/** The broker does not know the producer's place any more (expired, or its log was cut): nothing of the request was written. */
const placeLost: ReadonlySet<string | undefined> = new Set([
  'OUT_OF_ORDER_SEQUENCE_NUMBER',
  'UNKNOWN_PRODUCER_ID',
  'INVALID_PRODUCER_EPOCH',
]);

/** Messages of one call, until all of them are acknowledged. */
export class Publication {
  readonly #settle: PromiseWithResolvers<undefined> = Promise.withResolvers();
  #records: readonly OurRecord[];
  #next = 0;
  #unacknowledged: number;
  #over = false;
  readonly bytes: number;

  constructor(records: readonly OurRecord[]) {
    this.#records = records;
    this.#unacknowledged = records.length;
    this.bytes = records.reduce((sum, { value }) => sum + value.byteLength, 0);
  }

  /** Settles with the last acknowledgement or the first failure. */
  get done(): Promise<undefined> {
    return this.#settle.promise;
  }

  /** Next in line to be sent; undefined when all are, or nobody waits any more. */
  get head(): OurRecord | undefined {
    return this.#records[this.#next];
  }

  advance(): void {
    this.#next += 1;
  }

  acknowledged(count: number): void {
    this.#unacknowledged -= count;
    if (this.#unacknowledged === 0) this.#settle.resolve(undefined);
  }

  /** The rest of it is not sent. */
  failed(error: Error): void {
    this.#settle.reject(error);
    this.abandon();
  }

  /** Nobody waits for it any more: it may stand in line behind a request that hangs, and shall not hold memory there. */
  abandon(): void {
    this.#over = true;
    this.#records = [];
  }

  get over(): boolean {
    return this.#over;
  }
}

/** What one publication has in a request. */
interface Share {
  readonly publication: Publication;
  readonly records: OurRecord[];
}

/** What a lane needs to know. */
export interface LaneOptions {
  readonly topic: string;
  readonly brokers: readonly string[];
  readonly timeoutMs: number;
}

/**
 * Writes to one topic, one request at a time: that keeps the order, and the batches fill by themselves with what comes while a request is
 * on its way. The producer is idempotent, so a request whose answer was lost is not written twice. It is of this topic alone and is
 * replaced after every failure: kafkajs gives the numbers of a request that failed to the next one, which the broker would then take for
 * its double and acknowledge without writing it.
 */
export class TopicLane {
  readonly #kafka: Kafka;
  readonly #options: LaneOptions;
  readonly #waiting: Publication[] = [];
  #producer: { readonly client: Producer; readonly connected: Promise<void> } | undefined;
  #sending = false;

  constructor(kafka: Kafka, options: LaneOptions) {
    this.#kafka = kafka;
    this.#options = options;
  }

  add(publication: Publication): void {
    this.#waiting.push(publication);
    void this.#send();
  }

  async close(): Promise<void> {
    await this.#producer?.client.disconnect();
  }

  async #send(): Promise<void> {
    if (this.#sending) return;
    this.#sending = true;
    for (let batch = takeBatch(this.#waiting); batch.length > 0; batch = takeBatch(this.#waiting)) {
      await this.#deliver(batch, 'first');
    }
    this.#sending = false;
  }

  async #deliver(batch: readonly Share[], attempt: 'first' | 'again'): Promise<void> {
    // Of those whose callers have given up meanwhile there is nothing left to send.
    const wanted = batch.filter(({ publication }) => !publication.over);
    if (wanted.length === 0) return;
    try {
      await this.#request(wanted.flatMap(({ records }) => records));
      for (const { publication, records } of wanted) publication.acknowledged(records.length);
    } catch (error) {
      this.#replaceProducer();
      await this.#failed(wanted, error, attempt);
    }
  }

  async #failed(batch: readonly Share[], error: unknown, attempt: 'first' | 'again'): Promise<void> {
    const code = protocolCode(error);
    if (attempt === 'first' && placeLost.has(code)) {
      await this.#deliver(batch, 'again');
      return;
    }
    // One message that the broker refuses (such as one too large) must not fail those that only travelled with it.
    if (batch.length > 1 && code !== undefined) {
      for (const share of batch) await this.#deliver([share], attempt);
      return;
    }
    const failure = topicFailure(this.#options.brokers, this.#options.topic, error);
    for (const { publication } of batch) publication.failed(failure);
  }

  async #request(messages: OurRecord[]): Promise<void> {
    const { topic, timeoutMs, brokers } = this.#options;
    const producer = await this.#connect();
    const acknowledged = await producer.send({ topic, acks: -1, timeout: timeoutMs, messages });
    // When a leader moves between two tries of kafkajs to a broker that had answered already, it takes the moved partition for written.
    const written = new Set(acknowledged.map(({ partition }) => partition));
    const missing = messages.find(({ partition }) => partition === undefined || !written.has(partition));
    if (missing !== undefined)
      throw new BusUnavailable(brokers, `no acknowledgement for partition ${String(missing.partition)} of ${topic}`);
  }

  async #connect(): Promise<Producer> {
    if (this.#producer === undefined) {
      const client = this.#newProducer();
      this.#producer = { client, connected: client.connect() };
    }
    const { client, connected } = this.#producer;
    await connected;
    return client;
  }

  #newProducer(): Producer {
    return this.#kafka.producer({
      allowAutoTopicCreation: false,
      idempotent: true,
      createPartitioner:
        () =>
        ({ message, partitionMetadata }) =>
          (message.partition ??= partitionOf(String(message.key), partitionMetadata.length)),
      retry: { initialRetryTime: 100, maxRetryTime: 1000, retries: 3 },
    });
  }

  #replaceProducer(): void {
    const failed = this.#producer;
    this.#producer = undefined;
    void failed?.client.disconnect().catch(() => undefined);
  }
}

/** The next messages to send together; those whose callers have given up are left out. A larger message travels alone. */
function takeBatch(waiting: Publication[]): Share[] {
  const shares: Share[] = [];
  const room = { bytes: batchBytes, messages: batchMessages };
  let emptied = 0;
  for (const publication of waiting) {
    const records = takeShare(publication, room);
    if (records.length > 0) shares.push({ publication, records });
    if (publication.head !== undefined) break;
    emptied += 1;
  }
  waiting.splice(0, emptied);
  return shares;
}

/** As many messages of the publication as there is room for, and at least one where the request is still empty. */
function takeShare(publication: Publication, room: { bytes: number; messages: number }): OurRecord[] {
  const records: OurRecord[] = [];
  for (let { head } = publication; head !== undefined; { head } = publication) {
    const size = head.value.byteLength + recordOverhead;
    const fits = room.bytes >= size && room.messages > 0;
    if (!fits && room.messages < batchMessages) break;
    records.push(head);
    publication.advance();
    room.bytes -= size;
    room.messages -= 1;
  }
  return records;
}
