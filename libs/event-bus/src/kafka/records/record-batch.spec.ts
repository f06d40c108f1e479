import fc from 'fast-check';
import Decoder from 'kafkajs/src/protocol/decoder.js';
import decodeBatch from 'kafkajs/src/protocol/recordBatch/v0/decoder.js';
import requestOfKafkajs from 'kafkajs/src/protocol/requests/produce/v7/request.js';
import { describe, expect, it } from 'vitest';
import { crc32c } from './crc32c.ts';
import { encodeProduce, isOurs, OurRecord, type ProduceArguments } from './produce-request.ts';
import { encodeRecordBatch } from './record-batch.ts';
import { textHeaders } from './text-headers.ts';

const origin = { producerId: -1n, producerEpoch: 0, firstSequence: 0, timestamp: 1_700_000_000_000 };

const text = fc.oneof(fc.string({ maxLength: 40 }), fc.string({ unit: 'grapheme', maxLength: 40 }));
/** Among them names of what every object has. */
const headerName = fc.oneof(text, fc.constantFrom('__proto__', 'constructor', 'toString', 'valueOf'));
const header = fc.tuple(headerName, text);
const record = fc
  .record({ key: text, value: fc.uint8Array({ maxLength: 300 }), headers: fc.array(header, { maxLength: 4 }) })
  .map(({ key, value, headers }) => new OurRecord(key, Buffer.from(value), Object.fromEntries(headers)));

/** As UTF-8 gives it back: a lone surrogate has no form there. */
const wellFormed = (value: string): string => Buffer.from(value).toString();

describe('the checksum', () => {
  it.each([
    ['', 0],
    ['123456789', 0xe3069283],
    ['a', 0xc1d04330],
    [Buffer.alloc(32), 0x8a9136aa],
    [Buffer.alloc(32, 0xff), 0x62a8ab43],
    [Uint8Array.from({ length: 32 }, (_, n) => n), 0x46dd794e],
  ])('of a known text is the known one (RFC 3720, B.4)', (bytes, crc) => {
    expect(crc32c(Buffer.from(bytes as string))).toBe(crc);
  });
});

describe('a batch of records', () => {
  it('is read by kafkajs as it was written, whatever is in it', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(record, { minLength: 1, maxLength: 20 }), async (records) => {
        const batch = encodeRecordBatch(records, {
          ...origin,
          producerId: 2n ** 40n,
          producerEpoch: 3,
          firstSequence: 7,
        });
        const read = await decodeBatch(new Decoder(batch));
        expect(read).toMatchObject({ producerId: String(2n ** 40n), producerEpoch: 3, firstSequence: 7 });
        expect(
          read.records.map(({ offset, timestamp, key, value, headers }) => ({
            offset,
            timestamp,
            key: key?.toString(),
            value,
            headers: Object.entries(textHeaders(headers)),
          })),
        ).toEqual(
          records.map(({ key, value, headers }, index) => ({
            offset: String(index),
            timestamp: String(origin.timestamp),
            key: wellFormed(key),
            value,
            headers: Object.entries(headers).map(([name, bytes]) => [wellFormed(name), wellFormed(bytes)]),
          })),
        );
      }),
      { numRuns: 200 },
    );
  });

  it('of more than 127 records, and with more than 127 bytes in each part, is read too', async () => {
    const records = Array.from(
      { length: 9_000 },
      (_, n) =>
        new OurRecord(`k${'-'.repeat(200)}${String(n)}`, Buffer.alloc(n % 300), {
          [`h${'x'.repeat(130)}`]: 'y'.repeat(20_000 * Number(n === 1)),
        }),
    );
    const read = await decodeBatch(new Decoder(encodeRecordBatch(records, origin)));
    expect(read.records).toHaveLength(9_000);
    expect(read.records.every(({ value }, n) => value.length === n % 300)).toBe(true);
    expect(read.records[1]!.headers[`h${'x'.repeat(130)}`]).toHaveLength(20_000);
  });
});

describe('a produce request', () => {
  const args = (messages: readonly unknown[], over: Partial<ProduceArguments> = {}): ProduceArguments => ({
    acks: -1,
    timeout: 4_000,
    producerId: -1,
    producerEpoch: 0,
    topicData: [
      {
        topic: 'a-tópic',
        partitions: [
          { partition: '0', firstSequence: 5, messages },
          { partition: 2, messages },
        ],
      },
      { topic: 'b', partitions: [{ partition: 1, messages }] },
    ],
    ...over,
  });

  it('is, byte for byte, the one that kafkajs writes', async () => {
    const plain = { key: 'k', value: Buffer.from('value'), headers: { trace: 'x', other: 'ÿ' } };
    const theirs = (await requestOfKafkajs(args([plain])).encode()).buffer;
    const ours = encodeProduce(args([new OurRecord(plain.key, plain.value, plain.headers)]), 0);
    expect(withoutTimes(ours)).toEqual(withoutTimes(theirs));
  });

  it('is left to kafkajs when anything in it is not of our publisher', () => {
    const mine = new OurRecord('k', Buffer.from('v'), {});
    expect(isOurs(args([mine]))).toBe(true);
    expect(isOurs(args([mine, { key: 'k', value: 'v' }]))).toBe(false);
    expect(isOurs(args([]))).toBe(false);
    expect(isOurs(args([mine], { compression: 1 }))).toBe(false);
    expect(isOurs(args([mine], { transactionalId: 't' }))).toBe(false);
  });
});

/** kafkajs reads the clock for each batch: times and the checksums over them are left out. */
function withoutTimes(body: Buffer): string {
  return body.toString('hex').replaceAll(/(0000000002).{8}(0000.{8}).{32}/g, '$1$2');
}
