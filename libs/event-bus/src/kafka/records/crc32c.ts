/** Castagnoli's polynomial, bits reversed. */
const polynomial = 0x82f63b78;

/** Eight bytes a step ("slicing by 8", Kounavis and Berry 2005): table k holds what a byte does k places before the end of the step. */
const tables = makeTables();

/** CRC-32C, with which Kafka guards a batch of records. `zlib.crc32` is of another polynomial. */
export function crc32c(bytes: Uint8Array): number {
  const [t0, t1, t2, t3, t4, t5, t6, t7] = tables;
  let crc = -1;
  let at = 0;
  for (const last = bytes.length - 7; at < last; at += 8) {
    crc ^= word(bytes, at);
    const high = word(bytes, at + 4);
    crc =
      entry(t7, crc) ^
      entry(t6, crc >>> 8) ^
      entry(t5, crc >>> 16) ^
      entry(t4, crc >>> 24) ^
      entry(t3, high) ^
      entry(t2, high >>> 8) ^
      entry(t1, high >>> 16) ^
      entry(t0, high >>> 24);
  }
  for (; at < bytes.length; at += 1) crc = entry(t0, crc ^ byte(bytes, at)) ^ (crc >>> 8);
  return ~crc >>> 0;
}

// Indexes are within bounds by construction; `?? 0` would cost a branch a byte.
function byte(bytes: Uint8Array, at: number): number {
  return bytes[at] as number;
}

function entry(table: Int32Array, value: number): number {
  return table[value & 0xff] as number;
}

function word(bytes: Uint8Array, at: number): number {
  return byte(bytes, at) | (byte(bytes, at + 1) << 8) | (byte(bytes, at + 2) << 16) | (byte(bytes, at + 3) << 24);
}

type Eight<T> = readonly [T, T, T, T, T, T, T, T];

function makeTables(): Eight<Int32Array> {
  const first = Int32Array.from({ length: 256 }, (_, value) => {
    let crc = value;
    for (let bit = 0; bit < 8; bit += 1) crc = (crc & 1) === 0 ? crc >>> 1 : (crc >>> 1) ^ polynomial;
    return crc;
  });
  const after = (former: Int32Array<ArrayBuffer>): Int32Array<ArrayBuffer> =>
    former.map((crc) => (crc >>> 8) ^ entry(first, crc));
  const all = [first];
  while (all.length < 8) all.push(after(all.at(-1) ?? first));
  return all as unknown as Eight<Int32Array>;
}
