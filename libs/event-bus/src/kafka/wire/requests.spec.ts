import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Reader, Writer } from './bytes.ts';
import { MalformedAnswer } from './errors.ts';
import * as requests from './requests.ts';
import type { WireType } from './types.ts';

const types = Object.values(requests).filter((value) => 'answer' in value) as requests.RequestType<unknown, unknown>[];

/** Reads values that nobody wrote: whatever is asked for comes from a tape. Lists and texts stay short, and nothing is null. */
class Dream extends Reader {
  readonly #tape: Uint8Array;
  #at = 0;

  constructor(tape: Uint8Array) {
    super(Buffer.alloc(0));
    this.#tape = tape;
  }

  override get left(): number {
    return 1_000;
  }

  override int8(): number {
    return this.#next() - 128;
  }

  override int16(): number {
    return (this.#next() % 7) - 1;
  }

  override int32(): number {
    return this.#next() % 4;
  }

  override int64(): bigint {
    return BigInt(this.#next()) ** 7n;
  }

  override uvarint(): number {
    return 1 + (this.#next() % 3);
  }

  override raw(length: number): Buffer {
    return Buffer.from(Array.from({ length }, () => this.#next() % 128));
  }

  #next(): number {
    this.#at = (this.#at + 1) % this.#tape.length;
    return this.#tape[this.#at] ?? 0;
  }
}

const tapes = fc.uint8Array({ minLength: 20, maxLength: 200 });
const halves = types.flatMap(({ name, question, answer }) => [
  [`the question of ${name}`, question],
  [`the answer to ${name}`, answer],
]) as [string, WireType<unknown>][];

const written = (type: WireType<unknown>, value: unknown): Buffer => {
  const writer = new Writer();
  type.write(writer, value);
  return Buffer.from(writer.bytes());
};

describe.each(halves)('%s', (_name, type) => {
  it('is read as it was written, to its last byte', () => {
    fc.assert(
      fc.property(tapes, (tape) => {
        const value = type.read(new Dream(tape));
        const reader = new Reader(written(type, value));
        expect(type.read(reader)).toEqual(value);
        expect(reader.left).toBe(0);
      }),
      { numRuns: 20 },
    );
  });

  it('is called malformed wherever it is cut off', () => {
    fc.assert(
      fc.property(tapes, (tape) => {
        const whole = written(type, type.read(new Dream(tape)));
        for (let length = 0; length < whole.length; length += 1)
          expect(() => type.read(new Reader(whole.subarray(0, length)))).toThrow(MalformedAnswer);
      }),
      { numRuns: 3 },
    );
  });

  it('is read or called malformed whichever byte of it is another', () => {
    fc.assert(
      fc.property(tapes, fc.nat(), fc.nat(255), (tape, place, byte) => {
        const bent = written(type, type.read(new Dream(tape)));
        bent[place % bent.length] = byte;
        try {
          type.read(new Reader(bent));
        } catch (error) {
          expect(error).toBeInstanceOf(MalformedAnswer);
        }
      }),
      { numRuns: 50 },
    );
  });
});

describe('the requests', () => {
  it('have keys and versions of their own', () => {
    expect(types.length).toBeGreaterThan(15);
    expect(new Set(types.map(({ key }) => key)).size).toBe(types.length);
    expect(new Set(types.map(({ name }) => name)).size).toBe(types.length);
  });
});
