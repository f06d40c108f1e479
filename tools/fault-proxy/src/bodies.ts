import type { Readable } from 'node:stream';
import { BackendError } from './errors.ts';

/** Largest body held in memory: far beyond a page of 500 large objects. */
const largestBody = 256 * 1024 * 1024;
/** Longest line of a watch: one object (at most 1.5 MiB in etcd) with its escapes. */
const longestLine = 32 * 1024 * 1024;

const newline = 0x0a;

/** Reads a body to its end. Rejects with BackendError beyond `limit` bytes. */
export async function readAll(body: Readable, limit = largestBody): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    size += (chunk as Buffer).length;
    if (size > limit) throw new BackendError(`A body is longer than ${String(limit)} bytes.`);
    chunks.push(chunk as Buffer);
  }
  return Buffer.concat(chunks);
}

/** Cuts a stream into lines, each with its newline; what stands after the last newline comes as it is. */
export async function* linesOf(body: Readable): AsyncGenerator<Buffer> {
  let pending: Buffer[] = [];
  let size = 0;
  for await (const chunk of body) {
    let rest = chunk as Buffer;
    for (let end = rest.indexOf(newline); end >= 0; end = rest.indexOf(newline)) {
      yield Buffer.concat([...pending, rest.subarray(0, end + 1)]);
      rest = rest.subarray(end + 1);
      pending = [];
      size = 0;
    }
    size += rest.length;
    if (size > longestLine) throw new BackendError(`A line of a watch is longer than ${String(longestLine)} bytes.`);
    if (rest.length > 0) pending.push(rest);
  }
  if (pending.length > 0) yield Buffer.concat(pending);
}
