import { pageTagsSchema, type PageTags } from '@tagservice/contracts';
import { keyOfTag, scoresByKey } from '../scores.ts';
import type { RedisConnection } from './connection.ts';
import { keys } from './keys.ts';
import { outboxScript, settleScript, weedScript } from './posting-scripts.ts';
import { list } from './replies.ts';

/** A record whose postings are to be written: the keys of the tags that may differ, and the page that decides. */
export interface Unposted {
  readonly urlHash: string;
  readonly jobId: string;
  readonly page: PageTags | undefined;
  readonly touched: readonly string[];
}

/** What the postings of a URL must say now, and how many of its tags nobody has posted yet. */
export interface Outbox extends Unposted {
  readonly unposted: number;
}

/** A newer result may come in at each turn; so many in a row do not happen. The outbox keeps what is left. */
const maxTurns = 5;

/**
 * Brings the postings of a URL in line with its record. Repeating it, or doing it twice at once, does no harm: one script compares with
 * the record and posts, and what is not of the record that is there now is not posted at all. Answers how many postings differed.
 */
export async function settlePostings(
  connection: RedisConnection,
  first: Unposted,
  maxPostings: number,
): Promise<number> {
  let unposted = first;
  for (let turn = 0; turn < maxTurns; turn += 1) {
    const { urlHash, jobId, page, touched } = unposted;
    const scores = scoresByKey(page?.tags ?? []);
    const args = [jobId, urlHash, String(maxPostings), ...touched.map((key) => String(scores.get(key) ?? ''))];
    const keysOfUrl = [keys.record(urlHash), ...touched.map(keys.posting)];
    const changed = await connection.script(settleScript, keysOfUrl, args);
    if (changed !== -1) return Number(changed);
    unposted = await readOutbox(connection, urlHash);
  }
  return 0;
}

/** What the postings of a URL must say now; also for a URL whose outbox is empty. */
export async function readOutbox(connection: RedisConnection, urlHash: string): Promise<Outbox> {
  const reply = await connection.script(outboxScript, [keys.record(urlHash)], []);
  const [jobId, json, outbox] = list(reply);
  const page = typeof json === 'string' ? parsePage(json) : undefined;
  const unposted = typeof outbox === 'string' ? parseTags(outbox) : [];
  const touched = new Set(unposted);
  for (const { tag } of page?.tags ?? []) touched.add(keyOfTag(tag));
  return { urlHash, jobId: String(jobId ?? ''), page, touched: Array.from(touched), unposted: unposted.length };
}

/** Takes those of the URLs out of the posting of a tag whose records do not bear it. Answers how many those were. */
export async function weed(connection: RedisConnection, tagKey: string, urlHashes: readonly string[]): Promise<number> {
  const keysOfTag = [keys.posting(tagKey), ...urlHashes.map(keys.record)];
  return Number(await connection.script(weedScript, keysOfTag, [tagKey, ...urlHashes]));
}

/** Keys of tags from a JSON array of texts; none from anything else. */
export function parseTags(json: string): string[] {
  try {
    const parsed: unknown = JSON.parse(json);
    return Array.isArray(parsed) ? parsed.map(String) : [];
  } catch {
    return [];
  }
}

/** Reads a stored page; undefined for a text that is none. */
export function parsePage(json: string): PageTags | undefined {
  try {
    const parsed = pageTagsSchema.safeParse(JSON.parse(json));
    return parsed.success ? parsed.data : undefined;
  } catch {
    return undefined;
  }
}
