import fc, { type Arbitrary } from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Reader, Writer } from './bytes.ts';
import { MalformedAnswer } from './errors.ts';
import * as requests from './requests.ts';
import {
  bool,
  bytes,
  int16,
  int32,
  int64,
  int8,
  legacyList,
  legacyText,
  list,
  nullableList,
  nullableText,
  struct,
  text,
  uuid,
  type WireType,
} from './types.ts';

const written = <T>(type: WireType<T>, value: T): Buffer => {
  const writer = new Writer();
  type.write(writer, value);
  return Buffer.from(writer.bytes());
};

/** What was written is read again, to the last byte and no further. */
function comesBack<T>(type: WireType<T>, values: Arbitrary<T>): void {
  fc.assert(
    fc.property(values, (value) => {
      const reader = new Reader(written(type, value));
      expect(type.read(reader)).toEqual(value);
      expect(reader.left).toBe(0);
    }),
  );
}

const whole = (bits: number) => fc.integer({ min: -(2 ** (bits - 1)), max: 2 ** (bits - 1) - 1 });
const anyText = fc.string({ unit: 'binary' });
const someBytes = fc.uint8Array().map((value) => Buffer.from(value));

describe('values on the wire', () => {
  it('are read as they were written: numbers', () => {
    comesBack(int8, whole(8));
    comesBack(int16, whole(16));
    comesBack(int32, whole(32));
    comesBack(int64, fc.bigInt({ min: -(2n ** 63n), max: 2n ** 63n - 1n }));
    comesBack(bool, fc.boolean());
    const uvarint: WireType<number> = {
      write: (writer, value) => {
        writer.uvarint(value);
      },
      read: (reader) => reader.uvarint(),
    };
    comesBack(uvarint, fc.integer({ min: 0, max: 2 ** 32 - 1 }));
  });

  it('are read as they were written: texts, bytes and identities', () => {
    comesBack(text, anyText);
    comesBack(nullableText, fc.option(anyText));
    comesBack(bytes, someBytes);
    comesBack(legacyText, fc.option(anyText));
    comesBack(
      uuid,
      fc
        .uint8Array({ minLength: 16, maxLength: 16 })
        .map((id) => (id.some((byte) => byte > 0) ? Buffer.from(id).toString('base64url') : '')),
    );
  });

  it('are read as they were written: lists of structures', () => {
    const item = struct({ name: text, sizes: list(int32), note: nullableText });
    const items = fc.record({ name: anyText, sizes: fc.array(whole(32)), note: fc.option(anyText) });
    comesBack(nullableList(item), fc.option(fc.array(items)));
    comesBack(legacyList(legacyText), fc.array(fc.option(anyText)));
  });

  it.each([
    ['0', 0, '00'],
    ['127', 127, '7f'],
    ['128', 128, '8001'],
    ['300', 300, 'ac02'],
    ['the largest', 2 ** 32 - 1, 'ffffffff0f'],
  ])('count in groups of seven bits: %s', (_name, value, hex) => {
    const writer = new Writer();
    writer.uvarint(value);
    expect(writer.bytes().toString('hex')).toBe(hex);
  });

  it('have the length plus one before them, and 0 for null', () => {
    expect(written(text, 'ab').toString('hex')).toBe('036162');
    expect(written(nullableText, null).toString('hex')).toBe('00');
    expect(written(legacyText, null).toString('hex')).toBe('ffff');
  });

  it('may be followed by tagged fields of a newer broker, which are passed over', () => {
    const type = struct({ a: int8 });
    fc.assert(
      fc.property(fc.array(fc.tuple(fc.integer({ min: 0, max: 1000 }), fc.uint8Array({ maxLength: 300 }))), (tags) => {
        const writer = new Writer();
        writer.int8(7);
        writer.uvarint(tags.length);
        for (const [tag, content] of tags) {
          writer.uvarint(tag);
          writer.uvarint(content.length);
          writer.raw(content);
        }
        writer.int8(9);
        const reader = new Reader(Buffer.from(writer.bytes()));
        expect(type.read(reader)).toEqual({ a: 7 });
        expect(reader.int8()).toBe(9);
      }),
    );
  });
});

describe('bytes that are no answer', () => {
  const answers = Object.values(requests).filter((value) => 'answer' in value) as requests.RequestType<
    unknown,
    unknown
  >[];

  it('are refused, whatever they are, without being believed about sizes', () => {
    expect(answers.length).toBeGreaterThan(14);
    fc.assert(
      fc.property(fc.constantFrom(...answers), fc.uint8Array({ maxLength: 200 }), ({ answer }, content) => {
        try {
          answer.read(new Reader(Buffer.from(content)));
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedAnswer);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it.each([
    ['a text longer than what is left', text, 'ff01'],
    ['more items than bytes', list(int32), 'ffffffff0f00'],
    ['null where a text must be', text, '00'],
    ['a length that does not end', text, 'ffffffffffff'],
    ['nothing', int32, ''],
  ] as [string, WireType<unknown>, string][])('are refused: %s', (_name, type, hex) => {
    expect(() => type.read(new Reader(Buffer.from(hex, 'hex')))).toThrow(MalformedAnswer);
  });
});
