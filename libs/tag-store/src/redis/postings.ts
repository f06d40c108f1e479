import { pageTagsSchema, tagKey, type PageTags } from '@tagservice/contracts';
import { scoresByKey } from '../scores.ts';
import { keys } from './keys.ts';
import type { RedisConnection } from './connection.ts';
import { outboxScript, postScript, settledScript } from './scripts.ts';

/** A record whose postings are to be written: the keys of the tags that may differ, and the page that decides. */
export interface Unposted {
  readonly urlHash: string;
  readonly jobId: string;
  readonly page: PageTags | undefined;
  readonly touched: readonly string[];
}

/** A newer result may come in at each turn; so many in a row do not happen. The outbox keeps what is left. */
const maxTurns = 5;

/**
 * Brings the postings of a URL in line with its record. Repeating it, or doing it twice at once, does no harm: whoever ends
 * last compares with the record, and begins again if a newer result came in between.
 */
export async function settlePostings(connection: RedisConnection, first: Unposted, maxPostings: number): Promise<void> {
  let unposted = first;
  for (let turn = 0; turn < maxTurns; turn += 1) {
    await post(connection, unposted, maxPostings);
    const keysOfUrl = [keys.record(unposted.urlHash), keys.outbox(unposted.urlHash)];
    const settled = await connection.script(settledScript, keysOfUrl, [unposted.jobId, ...unposted.touched]);
    if (settled === 1) return;
    unposted = await readUnposted(connection, unposted.urlHash);
  }
}

/** What the postings of a URL must say now; also for a URL whose outbox is empty. */
export async function readUnposted(connection: RedisConnection, urlHash: string): Promise<Unposted> {
  const reply = await connection.script(outboxScript, [keys.record(urlHash), keys.outbox(urlHash)], []);
  const [jobId, json, outbox] = Array.isArray(reply) ? reply : [];
  const page = typeof json === 'string' ? parsePage(json) : undefined;
  const touched = new Set(Array.isArray(outbox) ? outbox.map(String) : []);
  for (const { tag } of page?.tags ?? []) touched.add(tagKey(tag));
  return { urlHash, jobId: String(jobId ?? ''), page, touched: Array.from(touched) };
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

async function post(
  connection: RedisConnection,
  { urlHash, page, touched }: Unposted,
  maxPostings: number,
): Promise<void> {
  if (touched.length === 0) return;
  const scores = scoresByKey(page?.tags ?? []);
  const args = [urlHash, String(maxPostings), ...touched.map((key) => String(scores.get(key) ?? ''))];
  await connection.script(postScript, touched.map(keys.posting), args);
}
