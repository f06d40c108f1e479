import { MalformedAnswer } from './errors.ts';

/** Writes the primitive types of Kafka's protocol. Source: https://kafka.apache.org/protocol#protocol_types */
export class Writer {
  #buffer = Buffer.allocUnsafe(256);
  #length = 0;

  bytes(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  int8(value: number): void {
    this.#reserve(1);
    this.#length = this.#buffer.writeInt8(value, this.#length);
  }

  int16(value: number): void {
    this.#reserve(2);
    this.#length = this.#buffer.writeInt16BE(value, this.#length);
  }

  int32(value: number): void {
    this.#reserve(4);
    this.#length = this.#buffer.writeInt32BE(value, this.#length);
  }

  int64(value: bigint): void {
    this.#reserve(8);
    this.#length = this.#buffer.writeBigInt64BE(value, this.#length);
  }

  /** Base 128, least significant group first; of whole numbers from 0 to 2^32 - 1. */
  uvarint(value: number): void {
    let rest = value;
    for (; rest >= 0x80; rest = Math.floor(rest / 0x80)) this.int8(((rest % 0x80) | 0x80) - 0x100);
    this.int8(rest);
  }

  raw(value: Uint8Array): void {
    this.#reserve(value.length);
    this.#buffer.set(value, this.#length);
    this.#length += value.length;
  }

  #reserve(more: number): void {
    if (this.#length + more <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.max(this.#buffer.length * 2, this.#length + more));
    larger.set(this.#buffer.subarray(0, this.#length));
    this.#buffer = larger;
  }
}

/** Reads the primitive types. Every length is checked against what is left, so that a hostile answer cannot make us reserve memory. */
export class Reader {
  readonly #buffer: Buffer;
  #position = 0;

  constructor(buffer: Buffer) {
    this.#buffer = buffer;
  }

  /** Bytes not read yet. */
  get left(): number {
    return this.#buffer.length - this.#position;
  }

  int8(): number {
    return this.#buffer.readInt8(this.#advance(1));
  }

  int16(): number {
    return this.#buffer.readInt16BE(this.#advance(2));
  }

  int32(): number {
    return this.#buffer.readInt32BE(this.#advance(4));
  }

  int64(): bigint {
    return this.#buffer.readBigInt64BE(this.#advance(8));
  }

  uvarint(): number {
    let value = 0;
    for (let group = 0; group < 5; group += 1) {
      const byte = this.#buffer.readUInt8(this.#advance(1));
      value += (byte & 0x7f) * 2 ** (7 * group);
      if (byte < 0x80) return checkedUnsigned(value);
    }
    throw new MalformedAnswer('a length of more than five bytes');
  }

  raw(length: number): Buffer {
    const from = this.#advance(length);
    return this.#buffer.subarray(from, from + length);
  }

  #advance(length: number): number {
    if (length < 0 || length > this.left)
      throw new MalformedAnswer(`${String(length)} bytes were announced and ${String(this.left)} are left`);
    const from = this.#position;
    this.#position += length;
    return from;
  }
}

function checkedUnsigned(value: number): number {
  if (value > 0xffff_ffff) throw new MalformedAnswer('a number of more than 32 bits');
  return value;
}
