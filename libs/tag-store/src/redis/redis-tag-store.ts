import type { JobDocument, JobError, PageTags } from '@tagservice/contracts';
import { decodeCursor, encodeCursor, pageSize } from '../cursor.ts';
import { StoreUnavailable } from '../errors.ts';
import { checkReference, urlHashOf } from '../identity.ts';
import { listed } from '../listed.ts';
import { silentLogger, type StoreLogger } from '../log.ts';
import type {
  Applied,
  AttemptStart,
  Claim,
  ClaimRequest,
  JobReference,
  Position,
  RepairOptions,
  RepairStep,
  TagResult,
  TagStore,
  TagUrls,
  WriteOptions,
} from '../port.ts';
import { checkPosition } from '../position.ts';
import { keyOfTag } from '../scores.ts';
import type { BreakerState } from './circuit-breaker.ts';
import { addressOf } from './client-options.ts';
import { RedisConnection, type Reply } from './connection.ts';
import { DurableWriter, type Write } from './durable-writer.ts';
import { keys, wakeChannel } from './keys.ts';
import { tagPageScript } from './posting-scripts.ts';
import { parsePage, parseTags, readOutbox, settlePostings, weed } from './postings.ts';
import { PrimaryWatch } from './primary-watch.ts';
import { repairStep } from './repair.ts';
import { jobFrom, list, places } from './replies.ts';
import * as scripts from './scripts.ts';
import { WakeSubscriber } from './wake-subscriber.ts';
import { WatermarkLedger } from './watermarks.ts';

/** Options of {@link redisTagStore}. */
export interface RedisTagStoreOptions {
  /** `redis://host:port`; leads to the primary. Credentials in it are taken, too. */
  readonly url: string;
  readonly username?: string;
  readonly password?: string;
  /** File with the password, read at every connect. */
  readonly passwordFile?: string;
  /** Replicas that must have a result before it counts as durable. Default 0. */
  readonly acknowledgingReplicas?: number;
  /** Longest wait for those replicas, in milliseconds. Default 500. */
  readonly waitTimeoutMs?: number;
  /** Longest time of any other command, in milliseconds. Default 1000. */
  readonly commandTimeoutMs?: number;
  /** Most URLs kept per tag, the best. Default 10,000. */
  readonly maxPostings?: number;
  /** How long a job is kept after its last change, in milliseconds. Default a day. */
  readonly jobRetentionMs?: number;
  /** How long a record is kept after its result was written, in milliseconds. Default for good. */
  readonly recordRetentionMs?: number;
  readonly logger?: StoreLogger;
  /** Told when the breaker before one kind of connection opens, tries or closes. */
  readonly onBreaker?: (connection: StoreConnection, state: BreakerState) => void;
}

/**
 * A store has connections of four kinds, so that none waits for another: `reads` (and all that is quick), `writes` (durable ones: WAIT
 * blocks what comes after it), `postings` (which may be many at once), and one that hears wake-ups.
 */
export type StoreConnection = (typeof STORE_CONNECTIONS)[number];
export const STORE_CONNECTIONS = ['reads', 'writes', 'postings'] as const;

const dayMs = 86_400_000;
/** While the scripts of one batch of durable writes run, the other waits for replicas. More would share the same server. */
const writeLanes = 2;
const joinedStates = ['pending', 'pending-expired', 'queued', 'running'] as const;

/** The tag store on Redis 7. Connects at once and for ever tries again; every call ends within its time limit. */
export function redisTagStore(options: RedisTagStoreOptions): TagStore {
  return new RedisTagStore(options);
}

class RedisTagStore implements TagStore {
  readonly #primary = new PrimaryWatch();
  readonly #reads: RedisConnection;
  readonly #postings: RedisConnection;
  readonly #connections: readonly RedisConnection[];
  readonly #writer: DurableWriter;
  readonly #ledger = new WatermarkLedger();
  readonly #subscriber: WakeSubscriber;
  readonly #logger: StoreLogger;
  readonly #address: string;
  readonly #wanted: number;
  readonly #maxPostings: number;
  readonly #ttl: string;
  readonly #recordTtl: string;

  constructor(options: RedisTagStoreOptions) {
    this.#logger = options.logger ?? silentLogger;
    this.#address = addressOf(options.url);
    this.#wanted = options.acknowledgingReplicas ?? 0;
    this.#maxPostings = options.maxPostings ?? 10_000;
    this.#ttl = String(options.jobRetentionMs ?? dayMs);
    this.#recordTtl = String(options.recordRetentionMs ?? '');
    const timeoutMs = options.commandTimeoutMs ?? 1000;
    const endpoint = { ...options, address: this.#address, logger: this.#logger, timeoutMs, primary: this.#primary };
    const connect = (kind: StoreConnection): RedisConnection =>
      new RedisConnection({ ...endpoint, onBreaker: (state) => options.onBreaker?.(kind, state) });
    this.#reads = connect('reads');
    this.#postings = connect('postings');
    const writes = Array.from({ length: writeLanes }, () => connect('writes'));
    this.#connections = [this.#reads, this.#postings, ...writes];
    this.#subscriber = new WakeSubscriber(endpoint);
    const waitTimeoutMs = options.waitTimeoutMs ?? 500;
    this.#writer = new DurableWriter(writes, { acknowledgingReplicas: this.#wanted, waitTimeoutMs, timeoutMs });
  }

  async readPage(urlHash: string): Promise<PageTags | undefined> {
    const json = await this.#reads.send(['HGET', keys.record(urlHash), 'page']);
    return typeof json === 'string' ? this.#page(urlHash, json) : undefined;
  }

  async claimJob(request: ClaimRequest): Promise<Claim> {
    checkReference(request);
    const { jobId, urlHash, leaseMs } = request;
    const args = [...this.#jobArgs(request), String(leaseMs), this.#ttl, keys.jobPrefix(urlHash)];
    const reply = await this.#reads.script(scripts.claimScript, [keys.claim(urlHash), keys.job(jobId)], args);
    const [state, id, fields] = list(reply);
    const job = jobFrom(fields) ?? newJob(request);
    if (state === 'claimed') return { kind: 'claimed', job };
    const known = joinedStates.find((one) => one === state) ?? 'queued';
    return { kind: 'joined', jobId: String(id), state: known, job };
  }

  async confirmQueued(jobId: string): Promise<void> {
    await this.#reads.script(scripts.confirmScript, [keys.claim(urlHashOf(jobId))], [jobId, this.#ttl]);
  }

  async readJob(jobId: string): Promise<JobDocument | undefined> {
    if (!isJobId(jobId)) return undefined;
    return jobFrom(await this.#reads.send(['HGETALL', keys.job(jobId)]));
  }

  async startAttempt(job: JobReference): Promise<AttemptStart> {
    checkReference(job);
    const args = [...this.#jobArgs(job), this.#ttl];
    const reply = await this.#reads.script(scripts.attemptScript, [keys.job(job.jobId), keys.claim(job.urlHash)], args);
    const [attempts, fields] = list(reply);
    const ended = fields === undefined ? undefined : jobFrom(fields);
    return ended === undefined ? { kind: 'started', attempts: Number(attempts) } : { kind: 'finished', job: ended };
  }

  async returnAttempt(job: JobReference): Promise<void> {
    checkReference(job);
    await this.#reads.script(scripts.returnScript, [keys.job(job.jobId)], []);
  }

  async apply({ page, ...job }: TagResult, options: WriteOptions = {}): Promise<Applied> {
    const { urlHash, jobId } = job;
    const tags = Array.from(new Set(page.tags.map(({ tag }) => keyOfTag(tag))));
    const { applied, rest } = await this.#write(job, options, {
      script: scripts.applyScript,
      keys: [keys.record(urlHash)],
      args: [JSON.stringify(page), JSON.stringify(tags), this.#recordTtl],
    });
    if (applied.kind === 'applied') {
      const touched = typeof rest === 'string' && rest !== '' ? parseTags(rest) : tags;
      await settlePostings(this.#postings, { urlHash, jobId, page, touched }, this.#maxPostings);
    } else if (applied.kind === 'duplicate' || applied.kind === 'superseded') {
      // Whoever applied it may have died before the postings.
      const outbox = await readOutbox(this.#postings, urlHash);
      if (outbox.unposted > 0) await settlePostings(this.#postings, outbox, this.#maxPostings);
    }
    return applied;
  }

  async fail(job: JobReference, error: JobError, options: WriteOptions = {}): Promise<Applied> {
    const write = { script: scripts.failScript, keys: [], args: [JSON.stringify(error)] };
    return (await this.#write(job, options, write)).applied;
  }

  async abandon(job: JobReference, error: JobError): Promise<Applied> {
    const write = { script: scripts.abandonScript, keys: [], args: [JSON.stringify(error)] };
    return (await this.#write(job, {}, write)).applied;
  }

  async urlsOfTag(
    tag: string,
    { limit, cursor }: { readonly limit: number; readonly cursor?: string },
  ): Promise<TagUrls> {
    const size = pageSize(limit);
    const key = keyOfTag(tag);
    const after = cursor === undefined ? undefined : decodeCursor(cursor);
    const args = [String(size + 1), after === undefined ? '' : String(after.score), after?.urlHash ?? ''];
    const found = places(await this.#reads.script(tagPageScript, [keys.posting(key)], args));
    const given = found.slice(0, size);
    const pages = await Promise.all(given.map(async ({ urlHash }) => await this.readPage(urlHash)));
    const urls = given.flatMap(({ score }, index) => {
      const page = pages[index];
      // A posting that its record does not (or no longer) bear out.
      if (page?.tags.some((one) => keyOfTag(one.tag) === key) !== true) return [];
      return [listed(page, score)];
    });
    if (urls.length < given.length)
      this.#weed(
        key,
        given.map(({ urlHash }) => urlHash),
      );
    const last = given.at(-1);
    return { urls, cursor: last !== undefined && found.length > size ? encodeCursor(last) : undefined };
  }

  async readWatermarks(topic: string): Promise<ReadonlyMap<number, string>> {
    return this.#ledger.take(topic, await this.#reads.send(['HGETALL', keys.watermarks(topic)]));
  }

  async advance(position: Position): Promise<boolean> {
    checkPosition(position);
    const { topic, partition, offset } = position;
    const args = [String(partition), offset, text(this.#ledger.heard(position))];
    return (await this.#reads.script(scripts.advanceScript, [keys.watermarks(topic)], args)) === -1;
  }

  async readEpoch(): Promise<number> {
    return Number((await this.#reads.send(['GET', keys.epoch])) ?? 0);
  }

  async repairStep(options: RepairOptions): Promise<RepairStep> {
    return await repairStep(this.#postings, options, this.#maxPostings);
  }

  async countUrls(tags: readonly string[]): Promise<readonly number[]> {
    const count = async (tag: string) => Number(await this.#reads.send(['ZCARD', keys.posting(keyOfTag(tag))]));
    return await Promise.all(tags.map(count));
  }

  async onWake(instance: string, listener: (jobId: string) => void): Promise<() => Promise<void>> {
    return await this.#subscriber.listen(instance, listener);
  }

  async wake(instance: string, jobId: string): Promise<void> {
    await this.#reads.send(['PUBLISH', wakeChannel(instance), jobId]);
  }

  async ping(): Promise<void> {
    await this.#reads.send(['PING']);
    const { eviction } = this.#reads;
    if (eviction === undefined) return;
    const reason = `it drops keys when its memory is used up (${eviction}); set maxmemory-policy to noeviction`;
    throw new StoreUnavailable(this.#address, reason, { trouble: 'evicting' });
  }

  close(): Promise<void> {
    this.#subscriber.close();
    for (const connection of this.#connections) connection.close();
    return Promise.resolve();
  }

  async #write(
    job: JobReference,
    options: WriteOptions,
    write: Write,
  ): Promise<{ applied: Applied; rest: Reply | undefined }> {
    checkReference(job);
    checkPosition(options.position);
    const { reply, acknowledged } = await this.#writer.write({
      script: write.script,
      keys: [...guardKeys(job, options), ...write.keys],
      args: [...this.#jobArgs(job), this.#ttl, ...this.#guardArgs(options), ...write.args],
    });
    const [kind, count, rest] = list(reply);
    if (kind === 'stale-epoch') return { applied: { kind, epoch: Number(count) }, rest: undefined };
    if (acknowledged < this.#wanted)
      return { applied: { kind: 'unknown', acknowledged, wanted: this.#wanted }, rest: undefined };
    const durable = kind === 'duplicate' || kind === 'superseded' ? kind : 'applied';
    if (count === -1) return { applied: { kind: durable, thrownBack: true }, rest };
    if (options.position !== undefined) this.#ledger.hear(options.position, Number(count));
    return { applied: { kind: durable }, rest };
  }

  /** The arguments of the guard behind those of the job. */
  #guardArgs({ epoch, position }: WriteOptions): string[] {
    const heard = position === undefined ? undefined : this.#ledger.heard(position);
    const place = position === undefined ? ['', ''] : [String(position.partition), position.offset];
    return [text(epoch), String(this.#primary.epoch), ...place, text(heard)];
  }

  #jobArgs({ jobId, url, acceptedAt }: JobReference): string[] {
    return [jobId, url, acceptedAt, new Date().toISOString()];
  }

  /** Nobody waits for it: the repair finds what is left. */
  #weed(key: string, urlHashes: readonly string[]): void {
    weed(this.#postings, key, urlHashes).catch((error: unknown) => {
      this.#logger.debug({ reason: String(error) }, 'Postings without a record could not be removed now');
    });
  }

  #page(urlHash: string, json: string): PageTags | undefined {
    const page = parsePage(json);
    if (page === undefined)
      this.#logger.warn({ urlHash }, 'A record cannot be read and counts as missing: it will be computed anew');
    return page;
  }
}

/** The keys that every durable write begins with; see `guard` in scripts.ts. */
function guardKeys({ jobId, urlHash }: JobReference, { position }: WriteOptions): string[] {
  return [keys.job(jobId), keys.claim(urlHash), keys.epoch, keys.watermarks(position?.topic ?? '')];
}

function text(number: number | undefined): string {
  return number === undefined ? '' : String(number);
}

function isJobId(text: string): boolean {
  return /^[0-9a-f]{32}-[0-9a-f]{16}$/.test(text);
}

function newJob({ jobId, url, acceptedAt }: JobReference): JobDocument {
  return { id: jobId, url, status: 'queued', createdAt: acceptedAt, updatedAt: acceptedAt, attempts: 0 };
}
