import type { RepairCounts, RepairOptions, RepairStep } from '../port.ts';
import type { RedisConnection } from './connection.ts';
import { keys } from './keys.ts';
import { readOutbox, settlePostings, weed } from './postings.ts';
import { leaseScript, placeScript } from './repair-scripts.ts';
import { list } from './replies.ts';

/** How far the repair is. Kept in Redis, so that another holder goes on where one died. */
interface Place {
  /** Of SCAN; '0' at the beginning. */
  readonly scan: string;
  /** Keys of postings that the last page of SCAN named and that are still to be looked at. */
  readonly tags: readonly string[];
  /** Members of the first of them that were looked at. */
  readonly rank: number;
}

interface Progress extends RepairCounts {
  readonly next: Place;
}

/** Most members of a posting that one script compares: it decodes a list of tags for each, and nobody else is served meanwhile. */
const maxMembers = 100;
const defaultLimit = 200;
const beginning: Place = { scan: '0', tags: [], rank: 0 };
const recordPattern = /^url:\{([0-9a-f]{32})\}$/;
const postingPattern = /^tag:\{(.*)\}$/s;

/** See `TagStore.repairStep`. */
export async function repairStep(
  connection: RedisConnection,
  { holder, leaseMs, restMs = 0, limit = defaultLimit }: RepairOptions,
  maxPostings: number,
): Promise<RepairStep> {
  const reached = await connection.script(leaseScript, [keys.repair], [holder, String(leaseMs)]);
  if (typeof reached !== 'string') return { kind: reached === 1 ? 'resting' : 'elsewhere' };
  const place = parsePlace(reached);
  const { next, ...counts } =
    place.tags.length > 0
      ? await weedPosting(connection, place, limit)
      : await settlePage(connection, { place, limit, maxPostings });
  const done = next.scan === '0' && next.tags.length === 0;
  await connection.script(placeScript, [keys.repair], [holder, done ? '' : JSON.stringify(next), String(restMs)]);
  return { kind: 'stepped', done, ...counts };
}

/** One page of all keys: settles the records among them and notes the postings for the next steps. */
async function settlePage(
  connection: RedisConnection,
  { place, limit, maxPostings }: { readonly place: Place; readonly limit: number; readonly maxPostings: number },
): Promise<Progress> {
  const [scan, page] = list(await connection.send(['SCAN', place.scan, 'COUNT', String(limit)]));
  const names = list(page).map(String);
  const urls = new Set(names.flatMap((name) => recordPattern.exec(name)?.[1] ?? []));
  const settled = await Promise.all(
    Array.from(urls, async (urlHash) => {
      const outbox = await readOutbox(connection, urlHash);
      const changed = outbox.touched.length === 0 ? 0 : await settlePostings(connection, outbox, maxPostings);
      return { reposted: Number(outbox.unposted > 0), mended: outbox.unposted > 0 ? 0 : changed };
    }),
  );
  return {
    scanned: urls.size,
    reposted: settled.reduce((sum, { reposted }) => sum + reposted, 0),
    mended: settled.reduce((sum, { mended }) => sum + mended, 0),
    removed: 0,
    next: { scan: String(scan), tags: names.flatMap((name) => postingPattern.exec(name)?.[1] ?? []), rank: 0 },
  };
}

/** The next members of postings, up to the limit. What is removed makes room: those behind it move up. */
async function weedPosting(connection: RedisConnection, place: Place, limit: number): Promise<Progress> {
  let { tags, rank } = place;
  let [scanned, removed] = [0, 0];
  for (let tag = tags[0]; tag !== undefined && scanned < limit; tag = tags[0]) {
    const last = rank + Math.min(maxMembers, limit) - 1;
    const members = list(await connection.send(['ZRANGE', keys.posting(tag), String(rank), String(last)])).map(String);
    const gone = members.length === 0 ? 0 : await weed(connection, tag, members);
    // An empty look at a posting costs a round trip, too.
    scanned += Math.max(1, members.length);
    removed += gone;
    rank += members.length - gone;
    if (rank + gone <= last) [tags, rank] = [tags.slice(1), 0];
  }
  return { scanned, reposted: 0, mended: 0, removed, next: { scan: place.scan, tags, rank } };
}

/** Begins anew for a place that this version did not write. */
function parsePlace(text: string): Place {
  if (text === '') return beginning;
  try {
    const { scan, tags, rank } = JSON.parse(text) as Partial<Place>;
    const valid = /^\d{1,20}$/.test(scan ?? '') && Array.isArray(tags) && Number.isSafeInteger(rank);
    return valid ? { scan: String(scan), tags: tags.map(String), rank: Number(rank) } : beginning;
  } catch {
    return beginning;
  }
}
