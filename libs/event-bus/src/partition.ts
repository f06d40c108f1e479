/**
 * The partition of a key: murmur2 as the Java client computes it, so that every producer of any language that keeps the
 * default agrees. Source: org.apache.kafka.common.utils.Utils.murmur2 and BuiltInPartitioner.partitionForKey.
 */
export function partitionOf(key: string, partitions: number): number {
  return (murmur2(Buffer.from(key, 'utf8')) & 0x7fffffff) % partitions;
}

const seed = 0x9747b28c;
const multiplier = 0x5bd1e995;

function murmur2(data: Buffer): number {
  const whole = data.length & ~3;
  let hash = seed ^ data.length;
  for (let index = 0; index < whole; index += 4) {
    hash = Math.imul(hash, multiplier) ^ mix(data.readInt32LE(index));
  }
  if (data.length > whole) hash = Math.imul(hash ^ tail(data, whole), multiplier);
  hash = Math.imul(hash ^ (hash >>> 13), multiplier);
  return hash ^ (hash >>> 15);
}

function mix(word: number): number {
  const product = Math.imul(word, multiplier);
  return Math.imul(product ^ (product >>> 24), multiplier);
}

function tail(data: Buffer, from: number): number {
  let rest = 0;
  for (let index = data.length - 1; index >= from; index -= 1) rest = (rest << 8) | (data[index] ?? 0);
  return rest;
}
