import { createHmac, timingSafeEqual } from 'node:crypto';
import { Problem } from '../http/problem.error.ts';
import { DIGEST_LENGTH, REMEMBERED } from './selection.ts';
import type { Seen } from './selection.ts';

/** Where a list goes on: the place in the store's list, and what has been given out before it. */
export interface ListPlace {
  /** The store's own cursor. */
  readonly after: string;
  readonly seen: Seen;
}

/** What a cursor belongs to; with another it is refused. */
export interface CursorScope {
  readonly key: Uint8Array;
  /** Names the list and its parameters, the page size excepted: that one may change on the way. */
  readonly list: string;
}

const VERSION = 1;
const MAC_BYTES = 16;
const DIGEST_BYTES = DIGEST_LENGTH / 2;
/** Longest cursor that is looked at, in characters: two and a half times the longest that is given out. */
const MOST_CHARACTERS = 3_000;

/**
 * Writes a cursor: opaque, and signed so that a changed one is refused instead of making the store do strange work. Layout: version,
 * length of the place, place, number of hosts, per host its digest and count, digests of pages; then the first 16 bytes of its HMAC-SHA-256.
 */
export function signCursor({ after, seen }: ListPlace, scope: CursorScope): string {
  const place = Buffer.from(after);
  const hosts = [...seen.hosts].slice(-REMEMBERED);
  const pages = [...seen.pages].slice(-REMEMBERED);
  const content = Buffer.concat([
    Buffer.of(VERSION, place.length),
    place,
    Buffer.of(hosts.length),
    ...hosts.map(([digest, count]) => Buffer.concat([Buffer.from(digest, 'hex'), Buffer.of(Math.min(count, 255))])),
    ...pages.map((digest) => Buffer.from(digest, 'hex')),
  ]);
  return Buffer.concat([content, macOf(content, scope)]).toString('base64url');
}

/** Reads what {@link signCursor} wrote for the same list. @throws Problem CURSOR_INVALID for anything else */
export function readCursor(cursor: string, scope: CursorScope): ListPlace {
  if (cursor.length > MOST_CHARACTERS || !/^[\w-]+$/.test(cursor)) throw new Problem('CURSOR_INVALID');
  const bytes = Buffer.from(cursor, 'base64url');
  const content = bytes.subarray(0, -MAC_BYTES);
  const mac = bytes.subarray(-MAC_BYTES);
  // Base64 has several spellings of some ends; only the one that was given out counts.
  if (bytes.toString('base64url') !== cursor || content.length === 0 || mac.length !== MAC_BYTES)
    throw new Problem('CURSOR_INVALID');
  if (!timingSafeEqual(mac, macOf(content, scope)) || content[0] !== VERSION) throw new Problem('CURSOR_INVALID');
  return parse(content);
}

/** Of what we have written ourselves. */
function parse(content: Buffer): ListPlace {
  const placeEnd = 2 + (content[1] ?? 0);
  const hostBytes = DIGEST_BYTES + 1;
  const hostsBegin = placeEnd + 1;
  const hostCount = content[placeEnd] ?? 0;
  const pagesBegin = hostsBegin + hostCount * hostBytes;
  const hex = (from: number) => content.toString('hex', from, from + DIGEST_BYTES);
  const hosts = Array.from({ length: hostCount }, (_, index): [string, number] => {
    const from = hostsBegin + index * hostBytes;
    return [hex(from), content[from + DIGEST_BYTES] ?? 0];
  });
  const pageCount = Math.floor((content.length - pagesBegin) / DIGEST_BYTES);
  const pages = Array.from({ length: pageCount }, (_, index) => hex(pagesBegin + index * DIGEST_BYTES));
  return { after: content.toString('utf8', 2, placeEnd), seen: { hosts: new Map(hosts), pages: new Set(pages) } };
}

function macOf(content: Buffer, { key, list }: CursorScope): Buffer {
  return createHmac('sha256', key).update(`${list}\n`).update(content).digest().subarray(0, MAC_BYTES);
}
