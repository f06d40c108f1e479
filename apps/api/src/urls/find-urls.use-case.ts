import { Inject, Injectable } from '@nestjs/common';
import { tagKey } from '@tagservice/contracts';
import type { TagUrlsAnswer } from '@tagservice/contracts';
import { encodeCursor } from '@tagservice/tag-store';
import { PORTS } from '../ports.ts';
import type { ApiPorts } from '../ports.ts';
import { readCursor, signCursor } from './list-cursor.ts';
import type { CursorScope, ListPlace } from './list-cursor.ts';
import { NOTHING_SEEN, Selection } from './selection.ts';
import type { Entry } from './selection.ts';
import { tagName } from './tag-name.ts';

export interface UrlsQuery {
  readonly limit: number;
  readonly perHost: number;
  readonly cursor: string | undefined;
}

/** Entries read at once, and how often for one answer: a tag whose best thousand pages are one host's costs no more than that. */
const CHUNK = 100;
const MOST_CHUNKS = 10;

/** How far the list has been read. */
interface Reading {
  readonly chosen: Entry[];
  /** The last entry that was looked at. */
  last: Entry | undefined;
  /** Where the store's list goes on; undefined at its end. */
  after: string | undefined;
  more: boolean;
}

/** Which URLs are known for this tag? */
@Injectable()
export class FindUrls {
  constructor(@Inject(PORTS) private readonly ports: ApiPorts) {}

  /** Best match first. @throws Problem, StoreUnavailable */
  async find(tag: string, { limit, perHost, cursor }: UrlsQuery): Promise<TagUrlsAnswer> {
    const name = tagName(tag);
    const scope = { key: this.ports.policy.cursorKey, list: `${tagKey(name)}\n${String(perHost)}` };
    const from = cursor === undefined ? undefined : readCursor(cursor, scope);
    const selection = new Selection(perHost, from?.seen ?? NOTHING_SEEN);
    const reading = await this.read(name, { limit, selection, from });
    const next = nextCursor(reading, selection, scope);
    return {
      tag: name,
      urls: reading.chosen.map(({ url, title, score, taggedAt }) => ({ url, title, score, taggedAt })),
      ...(next === undefined ? {} : { next }),
    };
  }

  private async read(
    tag: string,
    { limit, selection, from }: { limit: number; selection: Selection; from: ListPlace | undefined },
  ): Promise<Reading> {
    const reading: Reading = { chosen: [], last: undefined, after: from?.after, more: false };
    for (let chunks = 0; chunks < MOST_CHUNKS && !reading.more; chunks += 1) {
      const cursor = reading.after === undefined ? {} : { cursor: reading.after };
      const { urls, cursor: after } = await this.ports.store.urlsOfTag(tag, { limit: CHUNK, ...cursor });
      for (const entry of urls) {
        if (choose(entry, limit, { reading, selection })) break;
      }
      if (reading.more) break;
      reading.after = after;
      if (after === undefined) break;
    }
    return reading;
  }
}

/** Whether the answer is full and there is more: then the place stays before this entry. */
function choose(
  entry: Entry,
  limit: number,
  { reading, selection }: { reading: Reading; selection: Selection },
): boolean {
  const admitted = selection.admits(entry);
  if (admitted && reading.chosen.length >= limit) {
    reading.more = true;
    return true;
  }
  if (admitted) {
    selection.take(entry);
    reading.chosen.push(entry);
  }
  reading.last = entry;
  return false;
}

function nextCursor({ more, last, after }: Reading, selection: Selection, scope: CursorScope): string | undefined {
  const place = more && last !== undefined ? encodeCursor(last) : after;
  return place === undefined ? undefined : signCursor({ after: place, seen: selection.seen() }, scope);
}
