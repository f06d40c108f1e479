import { encodeRecordBatch, type BatchOrigin, type RecordFields } from './record-batch.ts';

/** What a produce request carries, under the names that kafkajs gives it. */
export interface ProduceArguments {
  readonly acks: number;
  readonly timeout: number;
  readonly compression?: number;
  readonly transactionalId?: string | null;
  /** kafkajs' own form of a 64-bit number, or text, or a number. */
  readonly producerId?: unknown;
  readonly producerEpoch?: number;
  readonly topicData: readonly {
    readonly topic: string;
    readonly partitions: readonly {
      readonly partition: number | string;
      readonly firstSequence?: number;
      readonly messages: readonly unknown[];
    }[];
  }[];
}

/** Whether all of it is what our publisher sends: then {@link encodeProduce} can write it. */
export function isOurs({ compression = 0, transactionalId, topicData }: ProduceArguments): boolean {
  if (compression !== 0 || (transactionalId !== undefined && transactionalId !== null)) return false;
  return topicData.every(({ partitions }) =>
    partitions.every(
      ({ messages }) => messages.length > 0 && messages.every((message) => message instanceof OurRecord),
    ),
  );
}

/** A message of our publisher: the only kind that is written by our own encoder, so that nothing is taken for one by its looks. */
export class OurRecord implements RecordFields {
  readonly key: string;
  readonly value: Buffer;
  readonly headers: Record<string, string>;
  /** Chosen once: should the topic grow between two tries, both must go to the same one, or a doubled batch is not known for one. */
  partition?: number;

  constructor(key: string, value: Buffer, headers: Record<string, string>) {
    this.key = key;
    this.value = value;
    this.headers = headers;
  }
}

/** The body of a produce request of versions 3 to 8. Source: https://kafka.apache.org/protocol#The_Messages_Produce */
export function encodeProduce(args: ProduceArguments, now: number): Buffer {
  const { acks, timeout, topicData } = args;
  const head = Buffer.allocUnsafe(12);
  head.writeInt16BE(-1, 0); // no transaction
  head.writeInt16BE(acks, 2);
  head.writeInt32BE(timeout, 4);
  head.writeInt32BE(topicData.length, 8);
  const parts: Buffer[] = [head];
  for (const { topic, partitions } of topicData) {
    parts.push(topicHead(topic, partitions.length));
    for (const { partition, messages, firstSequence } of partitions) {
      const batch = encodeRecordBatch(messages as readonly RecordFields[], originOf(args, firstSequence, now));
      const size = Buffer.allocUnsafe(8);
      size.writeInt32BE(Number(partition), 0);
      size.writeInt32BE(batch.length, 4);
      parts.push(size, batch);
    }
  }
  return Buffer.concat(parts);
}

function topicHead(topic: string, partitions: number): Buffer {
  const name = Buffer.from(topic);
  const head = Buffer.allocUnsafe(name.length + 6);
  head.writeInt16BE(name.length, 0);
  head.set(name, 2);
  head.writeInt32BE(partitions, name.length + 2);
  return head;
}

function originOf(
  { producerId, producerEpoch = 0 }: ProduceArguments,
  firstSequence: number | undefined,
  timestamp: number,
): BatchOrigin {
  return { producerId: bigintOf(producerId), producerEpoch, firstSequence: firstSequence ?? 0, timestamp };
}

function bigintOf(value: unknown): bigint {
  if (typeof value === 'number' || typeof value === 'string' || typeof value === 'bigint') return BigInt(value);
  const wrapped = typeof value === 'object' && value !== null && 'value' in value ? value.value : undefined;
  return typeof wrapped === 'bigint' ? wrapped : -1n;
}
