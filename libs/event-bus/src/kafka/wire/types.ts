import type { Reader, Writer } from './bytes.ts';
import { MalformedAnswer } from './errors.ts';

/** How a value stands on the wire. Types are put together from others, as the protocol's own definitions are. */
export interface WireType<T> {
  write(writer: Writer, value: T): void;
  read(reader: Reader): T;
}

/** The value of a type. */
export type ValueOf<T> = T extends WireType<infer V> ? V : never;

export const int8: WireType<number> = {
  write: (writer, value) => {
    writer.int8(value);
  },
  read: (reader) => reader.int8(),
};

export const int16: WireType<number> = {
  write: (writer, value) => {
    writer.int16(value);
  },
  read: (reader) => reader.int16(),
};

export const int32: WireType<number> = {
  write: (writer, value) => {
    writer.int32(value);
  },
  read: (reader) => reader.int32(),
};

/** Offsets pass 2^53 in theory: they stay bigint. */
export const int64: WireType<bigint> = {
  write: (writer, value) => {
    writer.int64(value);
  },
  read: (reader) => reader.int64(),
};

export const bool: WireType<boolean> = {
  write: (writer, value) => {
    writer.int8(value ? 1 : 0);
  },
  read: (reader) => reader.int8() !== 0,
};

/** A topic's identity, as Kafka's own tools write it: 22 characters of base64url. Empty: the zero id, which stands for none. */
export const uuid: WireType<string> = {
  write: (writer, value) => {
    writer.raw(value === '' ? Buffer.alloc(16) : Buffer.from(value, 'base64url'));
  },
  read: (reader) => {
    const bytes = reader.raw(16);
    return bytes.every((byte) => byte === 0) ? '' : bytes.toString('base64url');
  },
};

/** Length plus one as uvarint, 0 for null; the form of every length since flexible versions (KIP-482). */
function writeLength(writer: Writer, length: number | null): void {
  writer.uvarint(length === null ? 0 : length + 1);
}

function readLength(reader: Reader): number | null {
  const length = reader.uvarint();
  return length === 0 ? null : length - 1;
}

export const nullableBytes: WireType<Buffer | null> = {
  write: (writer, value) => {
    writeLength(writer, value === null ? null : value.length);
    if (value !== null) writer.raw(value);
  },
  read: (reader) => {
    const length = readLength(reader);
    return length === null ? null : reader.raw(length);
  },
};

export const nullableText: WireType<string | null> = {
  write: (writer, value) => {
    nullableBytes.write(writer, value === null ? null : Buffer.from(value, 'utf8'));
  },
  read: (reader) => nullableBytes.read(reader)?.toString('utf8') ?? null,
};

export const bytes: WireType<Buffer> = required(nullableBytes);
export const text: WireType<string> = required(nullableText);

function required<T>(type: WireType<T | null>): WireType<T> {
  return {
    write: (writer, value) => {
      type.write(writer, value);
    },
    read: (reader) => {
      const value = type.read(reader);
      if (value === null) throw new MalformedAnswer('null where a value is required');
      return value;
    },
  };
}

/** A list or null. */
export function nullableList<T>(item: WireType<T>): WireType<readonly T[] | null> {
  return {
    write: (writer, value) => {
      writeLength(writer, value === null ? null : value.length);
      for (const one of value ?? []) item.write(writer, one);
    },
    read: (reader) => {
      const length = readLength(reader);
      return length === null ? null : readItems(reader, item, length);
    },
  };
}

/** A list. */
export function list<T>(item: WireType<T>): WireType<readonly T[]> {
  return required(nullableList(item));
}

function readItems<T>(reader: Reader, item: WireType<T>, length: number): T[] {
  // No item is shorter than a byte: more of them than bytes is a lie, told before anything is reserved.
  if (length > reader.left)
    throw new MalformedAnswer(`${String(length)} items were announced and ${String(reader.left)} bytes are left`);
  return Array.from({ length }, () => item.read(reader));
}

type Fields = Readonly<Record<string, WireType<unknown>>>;
type ValuesOf<F> = { readonly [K in keyof F]: ValueOf<F[K]> };

/** Fields in this order, then the section of tagged fields: none is written, and those of newer brokers are passed over. */
export function struct<F extends Fields>(fields: F): WireType<ValuesOf<F>> {
  const plain = plainStruct(fields);
  return {
    write: (writer, value) => {
      plain.write(writer, value);
      writer.uvarint(0);
    },
    read: (reader) => {
      const value = plain.read(reader);
      skipTaggedFields(reader);
      return value;
    },
  };
}

/** Fields in this order and nothing after them: the form of versions that are not flexible. */
export function plainStruct<F extends Fields>(fields: F): WireType<ValuesOf<F>> {
  const entries = Object.entries(fields) as [string, WireType<unknown>][];
  return {
    write: (writer, value) => {
      for (const [name, type] of entries) type.write(writer, (value as Record<string, unknown>)[name]);
    },
    read: (reader) => Object.fromEntries(entries.map(([name, type]) => [name, type.read(reader)])) as ValuesOf<F>,
  };
}

/** Passes over tagged fields: tag, size, content. */
export function skipTaggedFields(reader: Reader): void {
  for (let left = reader.uvarint(); left > 0; left -= 1) {
    reader.uvarint();
    reader.raw(reader.uvarint());
  }
}

/** A text in the form before flexible versions: length in 16 bits, -1 for null. */
export const legacyText: WireType<string | null> = {
  write: (writer, value) => {
    const encoded = Buffer.from(value ?? '', 'utf8');
    writer.int16(value === null ? -1 : encoded.length);
    writer.raw(encoded);
  },
  read: (reader) => {
    const length = reader.int16();
    return length < 0 ? null : reader.raw(length).toString('utf8');
  },
};

/** A list in the form before flexible versions: length in 32 bits. */
export function legacyList<T>(item: WireType<T>): WireType<readonly T[]> {
  return {
    write: (writer, value) => {
      writer.int32(value.length);
      for (const one of value) item.write(writer, one);
    },
    read: (reader) => readItems(reader, item, Math.max(0, reader.int32())),
  };
}
