import { jobDocumentSchema, tagKey, type JobDocument, type JobError, type PageTags } from '@tagservice/contracts';
import { decodeCursor, encodeCursor, pageSize } from '../cursor.ts';
import { checkReference, urlHashOf } from '../identity.ts';
import { listed } from '../listed.ts';
import { silentLogger, type StoreLogger } from '../log.ts';
import type {
  Applied,
  AttemptStart,
  Claim,
  ClaimRequest,
  JobReference,
  TagResult,
  TagStore,
  TagUrls,
  WriteOptions,
} from '../port.ts';
import { addressOf } from './client-options.ts';
import { RedisConnection, type Reply } from './connection.ts';
import { DurableWriter, type Write } from './durable-writer.ts';
import { keys, wakeChannel } from './keys.ts';
import { parsePage, readUnposted, settlePostings } from './postings.ts';
import * as scripts from './scripts.ts';
import { WakeSubscriber } from './wake-subscriber.ts';

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
  readonly logger?: StoreLogger;
}

const dayMs = 86_400_000;
const joinedStates = ['pending', 'pending-expired', 'queued', 'running'] as const;

/** The tag store on Redis 7. Connects at once and for ever tries again; every call ends within its time limit. */
export function redisTagStore(options: RedisTagStoreOptions): TagStore {
  return new RedisTagStore(options);
}

class RedisTagStore implements TagStore {
  readonly #commands: RedisConnection;
  readonly #durable: RedisConnection;
  readonly #writer: DurableWriter;
  readonly #subscriber: WakeSubscriber;
  readonly #logger: StoreLogger;
  readonly #wanted: number;
  readonly #maxPostings: number;
  readonly #ttl: string;

  constructor(options: RedisTagStoreOptions) {
    this.#logger = options.logger ?? silentLogger;
    this.#wanted = options.acknowledgingReplicas ?? 0;
    this.#maxPostings = options.maxPostings ?? 10_000;
    this.#ttl = String(options.jobRetentionMs ?? dayMs);
    const endpoint = {
      ...options,
      address: addressOf(options.url),
      logger: this.#logger,
      timeoutMs: options.commandTimeoutMs ?? 1000,
    };
    this.#commands = new RedisConnection(endpoint);
    this.#durable = new RedisConnection(endpoint);
    this.#subscriber = new WakeSubscriber(endpoint);
    const durability = { acknowledgingReplicas: this.#wanted, waitTimeoutMs: options.waitTimeoutMs ?? 500 };
    this.#writer = new DurableWriter(this.#durable, durability);
  }

  async readPage(urlHash: string): Promise<PageTags | undefined> {
    const json = await this.#commands.send(['HGET', keys.record(urlHash), 'page']);
    return typeof json === 'string' ? this.#page(urlHash, json) : undefined;
  }

  async claimJob(request: ClaimRequest): Promise<Claim> {
    checkReference(request);
    const { jobId, urlHash, leaseMs } = request;
    const args = [...this.#jobArgs(request), String(leaseMs), this.#ttl, keys.jobPrefix(urlHash)];
    const reply = await this.#commands.script(scripts.claimScript, [keys.claim(urlHash), keys.job(jobId)], args);
    const [state, id, fields] = list(reply);
    const job = jobFrom(fields) ?? newJob(request);
    if (state === 'claimed') return { kind: 'claimed', job };
    const known = joinedStates.find((one) => one === state) ?? 'queued';
    return { kind: 'joined', jobId: String(id), state: known, job };
  }

  async confirmQueued(jobId: string): Promise<void> {
    await this.#commands.script(scripts.confirmScript, [keys.claim(urlHashOf(jobId))], [jobId, this.#ttl]);
  }

  async readJob(jobId: string): Promise<JobDocument | undefined> {
    if (!isJobId(jobId)) return undefined;
    return jobFrom(await this.#commands.send(['HGETALL', keys.job(jobId)]));
  }

  async startAttempt(job: JobReference): Promise<AttemptStart> {
    checkReference(job);
    const args = [...this.#jobArgs(job), this.#ttl];
    const reply = await this.#commands.script(
      scripts.attemptScript,
      [keys.job(job.jobId), keys.claim(job.urlHash)],
      args,
    );
    const [attempts, fields] = list(reply);
    const ended = fields === undefined ? undefined : jobFrom(fields);
    return ended === undefined ? { kind: 'started', attempts: Number(attempts) } : { kind: 'finished', job: ended };
  }

  async returnAttempt(job: JobReference): Promise<void> {
    checkReference(job);
    await this.#commands.script(scripts.returnScript, [keys.job(job.jobId)], []);
  }

  async apply({ page, ...job }: TagResult, options: WriteOptions = {}): Promise<Applied> {
    const { urlHash, jobId } = job;
    const tags = JSON.stringify(Array.from(new Set(page.tags.map(({ tag }) => tagKey(tag)))));
    const { applied, rest } = await this.#write(job, options, {
      script: scripts.applyScript,
      keys: [keys.record(urlHash), keys.outbox(urlHash)],
      args: [JSON.stringify(page), tags],
    });
    if (applied.kind === 'applied') {
      await settlePostings(
        this.#commands,
        { urlHash, jobId, page, touched: list(rest).map(String) },
        this.#maxPostings,
      );
    } else if (applied.kind === 'duplicate' || applied.kind === 'superseded') {
      // Whoever applied it may have died before, or halfway through, the postings.
      await settlePostings(this.#commands, await readUnposted(this.#commands, urlHash), this.#maxPostings);
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
    const key = tagKey(tag);
    const after = cursor === undefined ? undefined : decodeCursor(cursor);
    const args = [String(size + 1), after === undefined ? '' : String(after.score), after?.urlHash ?? ''];
    const places = pairs(await this.#commands.script(scripts.tagPageScript, [keys.posting(key)], args));
    const given = places.slice(0, size);
    const pages = await Promise.all(given.map(async ({ urlHash }) => await this.readPage(urlHash)));
    const urls = given.flatMap(({ score }, index) => {
      const page = pages[index];
      // A posting that its record does not (or no longer) bear out is about to be settled.
      if (page?.tags.some((one) => tagKey(one.tag) === key) !== true) return [];
      return [listed(page, score)];
    });
    const last = given.at(-1);
    return { urls, cursor: last !== undefined && places.length > size ? encodeCursor(last) : undefined };
  }

  async countUrls(tags: readonly string[]): Promise<readonly number[]> {
    const count = async (tag: string) => Number(await this.#commands.send(['ZCARD', keys.posting(tagKey(tag))]));
    return await Promise.all(tags.map(count));
  }

  async onWake(instance: string, listener: (jobId: string) => void): Promise<() => Promise<void>> {
    return await this.#subscriber.listen(instance, listener);
  }

  async wake(instance: string, jobId: string): Promise<void> {
    await this.#commands.send(['PUBLISH', wakeChannel(instance), jobId]);
  }

  async ping(): Promise<void> {
    await this.#commands.send(['PING']);
  }

  close(): Promise<void> {
    this.#subscriber.close();
    this.#commands.close();
    this.#durable.close();
    return Promise.resolve();
  }

  async #write(
    job: JobReference,
    options: WriteOptions,
    write: Write,
  ): Promise<{ applied: Applied; rest: Reply | undefined }> {
    checkReference(job);
    const epoch = options.epoch === undefined ? '' : String(options.epoch);
    const { reply, acknowledged } = await this.#writer.write({
      script: write.script,
      keys: [keys.job(job.jobId), keys.claim(job.urlHash), keys.epoch, ...write.keys],
      args: [...this.#jobArgs(job), this.#ttl, epoch, ...write.args],
    });
    const [kind, rest] = list(reply);
    if (kind === 'stale-epoch') return { applied: { kind, epoch: Number(rest) }, rest: undefined };
    if (acknowledged < this.#wanted)
      return { applied: { kind: 'unknown', acknowledged, wanted: this.#wanted }, rest: undefined };
    return { applied: { kind: kind === 'duplicate' || kind === 'superseded' ? kind : 'applied' }, rest };
  }

  #jobArgs({ jobId, url, acceptedAt }: JobReference): string[] {
    return [jobId, url, acceptedAt, new Date().toISOString()];
  }

  #page(urlHash: string, json: string): PageTags | undefined {
    const page = parsePage(json);
    if (page === undefined)
      this.#logger.warn({ urlHash }, 'A record cannot be read and counts as missing: it will be computed anew');
    return page;
  }
}

function isJobId(text: string): boolean {
  return /^[0-9a-f]{32}-[0-9a-f]{16}$/.test(text);
}

function list(reply: Reply | undefined): Reply[] {
  return Array.isArray(reply) ? reply : [];
}

function pairs(reply: Reply): { urlHash: string; score: number }[] {
  const flat = list(reply);
  return Array.from({ length: Math.floor(flat.length / 2) }, (_, index) => ({
    urlHash: String(flat[index * 2]),
    score: Number(flat[index * 2 + 1]),
  }));
}

function newJob({ jobId, url, acceptedAt }: JobReference): JobDocument {
  return { id: jobId, url, status: 'queued', createdAt: acceptedAt, updatedAt: acceptedAt, attempts: 0 };
}

/** A job from the flat fields of its hash; undefined when there is none, or one that this version cannot read. */
function jobFrom(fields: Reply | undefined): JobDocument | undefined {
  const flat = list(fields).map(String);
  if (flat.length === 0) return undefined;
  const raw: Record<string, unknown> = {};
  for (let index = 0; index + 1 < flat.length; index += 2) raw[flat[index] ?? ''] = flat[index + 1];
  const error = typeof raw['error'] === 'string' ? parseJson(raw['error']) : undefined;
  const parsed = jobDocumentSchema.safeParse({ ...raw, attempts: Number(raw['attempts'] ?? 0), error });
  return parsed.success ? parsed.data : undefined;
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    return undefined;
  }
}
