import { isNewer, checkReference, urlHashOf } from '../identity.ts';
import type { JobDocument, JobError, PageTags } from '@tagservice/contracts';
import { StoreUnavailable } from '../errors.ts';
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
import { MemoryIndex } from './memory-index.ts';

interface StoredJob {
  document: JobDocument;
  readonly acceptedAt: string;
}

interface StoredClaim {
  readonly jobId: string;
  leaseUntil: number;
  confirmed: boolean;
}

interface StoredRecord {
  readonly page: PageTags;
  readonly acceptedAt: string;
  readonly jobId: string;
  readonly expiresAt: number;
}

/** Options of {@link memoryTagStore}. */
export interface MemoryTagStoreOptions {
  /** Milliseconds since 1970; for tests of leases. Default `Date.now`. */
  readonly now?: () => number;
  /** Most URLs kept per tag. Default 10,000. */
  readonly maxPostings?: number;
  /** How long a record is kept after its result was written, in milliseconds. Default for good. */
  readonly recordRetentionMs?: number;
}

/** A {@link TagStore} with a switch for tests. */
export interface MemoryTagStore extends TagStore {
  /** False makes every call fail as if Redis were away. */
  setAvailable(available: boolean): void;
  /** The epoch of the store; writes with another one are refused. */
  setEpoch(epoch: number): void;
}

/** A store within this process, for development and for tests of those who use the port. Same contract as Redis, nothing kept. */
export function memoryTagStore(options: MemoryTagStoreOptions = {}): MemoryTagStore {
  const store = new Store(options);
  // Every method settles on a later turn, as over a network, and throws nothing synchronously.
  const later = async <T>(call: () => T): Promise<T> => {
    await Promise.resolve();
    store.check();
    return call();
  };
  return {
    readPage: (urlHash) => later(() => structuredClone(store.record(urlHash)?.page)),
    claimJob: (request) => later(() => store.claim(request)),
    confirmQueued: (jobId) =>
      later(() => {
        store.confirm(jobId);
      }),
    readJob: (jobId) => later(() => structuredClone(store.jobs.get(jobId)?.document)),
    startAttempt: (job) => later(() => store.startAttempt(job)),
    returnAttempt: (job) =>
      later(() => {
        store.returnAttempt(job);
      }),
    apply: (result, write) => later(() => store.apply(result, write)),
    fail: (job, error, write) => later(() => store.fail(job, error, write)),
    abandon: (job, error) => later(() => store.abandon(job, error)),
    urlsOfTag: (tag, page): Promise<TagUrls> =>
      later(() => store.index.page(tag, page, (hash) => store.record(hash)?.page)),
    countUrls: (tags) => later(() => tags.map((tag) => store.index.count(tag))),
    onWake: (instance, listener) => later(() => store.listen(instance, listener)),
    wake: (instance, jobId) =>
      later(() => {
        store.wake(instance, jobId);
      }),
    readWatermarks: (topic) => later(() => store.readWatermarks(topic)),
    advance: (position) => later(() => store.advance(position)),
    readEpoch: () => later(() => store.epoch),
    repairStep: (repair) => later(() => store.repairStep(repair)),
    ping: () => later(() => undefined),
    close: () => Promise.resolve(),
    setAvailable: (available) => {
      store.available = available;
    },
    setEpoch: (epoch) => {
      store.epoch = epoch;
    },
  };
}

class Store {
  readonly jobs = new Map<string, StoredJob>();
  readonly index: MemoryIndex;
  available = true;
  epoch = 0;
  readonly #records = new Map<string, StoredRecord>();
  /** By topic, then by partition. */
  readonly #watermarks = new Map<string, Map<number, string>>();
  readonly #claims = new Map<string, StoredClaim>();
  readonly #listeners = new Map<string, Set<(jobId: string) => void>>();
  readonly #now: () => number;
  readonly #retentionMs: number;
  #restUntil = 0;
  #repair: { readonly holder: string; readonly until: number } | undefined;

  constructor({ now = Date.now, maxPostings = 10_000, recordRetentionMs }: MemoryTagStoreOptions) {
    this.#now = now;
    this.#retentionMs = recordRetentionMs ?? Number.POSITIVE_INFINITY;
    this.index = new MemoryIndex(maxPostings);
  }

  check(): void {
    if (!this.available) throw new StoreUnavailable('memory', 'connect ECONNREFUSED');
  }

  record(urlHash: string): StoredRecord | undefined {
    const record = this.#records.get(urlHash);
    return record === undefined || record.expiresAt <= this.#now() ? undefined : record;
  }

  claim(request: ClaimRequest): Claim {
    checkReference(request);
    const { jobId, urlHash, leaseMs } = request;
    const claim = this.#claims.get(urlHash);
    const job = claim && this.jobs.get(claim.jobId);
    if (claim !== undefined && job !== undefined && !isTerminal(job.document)) {
      if (claim.confirmed || claim.jobId !== jobId) return this.#join(claim, job.document, leaseMs);
    }
    this.#claims.set(urlHash, { jobId, leaseUntil: this.#now() + leaseMs, confirmed: false });
    return { kind: 'claimed', job: structuredClone(this.#newJob(request).document) };
  }

  confirm(jobId: string): void {
    const claim = this.#claims.get(urlHashOf(jobId));
    if (claim?.jobId === jobId) claim.confirmed = true;
  }

  startAttempt(reference: JobReference): AttemptStart {
    checkReference(reference);
    const job = this.jobs.get(reference.jobId) ?? this.#newJob(reference);
    if (isTerminal(job.document)) return { kind: 'finished', job: structuredClone(job.document) };
    const attempts = job.document.attempts + 1;
    job.document = { ...job.document, status: 'running', attempts, updatedAt: this.#instant() };
    const { jobId, urlHash } = reference;
    if (!this.#claims.has(urlHash)) this.#claims.set(urlHash, { jobId, leaseUntil: 0, confirmed: true });
    this.confirm(jobId);
    return { kind: 'started', attempts };
  }

  returnAttempt({ jobId }: JobReference): void {
    const job = this.jobs.get(jobId);
    if (job?.document.status !== 'running' || job.document.attempts === 0) return;
    job.document = { ...job.document, attempts: job.document.attempts - 1 };
  }

  apply({ page, ...reference }: TagResult, write?: WriteOptions): Applied {
    const refused = this.#refuse(reference, write);
    if (refused !== undefined) return refused;
    const current = this.record(reference.urlHash);
    this.#end(reference, { status: 'done' });
    if (current !== undefined && !isNewer(reference, current)) return { kind: 'superseded' };
    const { acceptedAt, jobId, urlHash } = reference;
    const expiresAt = this.#now() + this.#retentionMs;
    this.#records.set(urlHash, { page: structuredClone(page), acceptedAt, jobId, expiresAt });
    this.index.replace(urlHash, current?.page.tags ?? [], page.tags);
    return { kind: 'applied' };
  }

  fail(reference: JobReference, error: JobError, write?: WriteOptions): Applied {
    const refused = this.#refuse(reference, write);
    if (refused !== undefined) return refused;
    this.#end(reference, { status: 'failed', error: { ...error } });
    return { kind: 'applied' };
  }

  abandon(reference: JobReference, error: JobError): Applied {
    const claim = this.#claims.get(reference.urlHash);
    if (claim?.jobId === reference.jobId && claim.confirmed) return { kind: 'duplicate' };
    return this.fail(reference, error);
  }

  readWatermarks(topic: string): Map<number, string> {
    const known = this.#watermarks.get(topic) ?? new Map<number, string>();
    this.#watermarks.set(topic, known);
    return new Map(known);
  }

  /** Nothing is ever lost here but everything, so that there is no count of writes: who has asked may move the watermark. */
  advance(position: Position): boolean {
    checkPosition(position);
    const { topic, partition, offset } = position;
    const known = this.#watermarks.get(topic);
    if (known !== undefined && BigInt(offset) >= BigInt(known.get(partition) ?? 0)) known.set(partition, offset);
    return false;
  }

  /** Here records and postings never differ, but for those of records that are over. */
  repairStep({ holder, leaseMs, restMs = 0 }: RepairOptions): RepairStep {
    const now = this.#now();
    if (this.#restUntil > now) return { kind: 'resting' };
    if (this.#repair !== undefined && this.#repair.holder !== holder && this.#repair.until > now)
      return { kind: 'elsewhere' };
    this.#repair = { holder, until: now + leaseMs };
    this.#restUntil = now + restMs;
    for (const [urlHash, { expiresAt }] of this.#records) if (expiresAt <= now) this.#records.delete(urlHash);
    const weeded = this.index.weed((urlHash) => this.#records.has(urlHash));
    const scanned = this.#records.size + weeded.scanned;
    return { kind: 'stepped', done: true, scanned, reposted: 0, mended: 0, removed: weeded.removed };
  }

  listen(instance: string, listener: (jobId: string) => void): () => Promise<void> {
    const listeners = this.#listeners.get(instance) ?? new Set();
    this.#listeners.set(instance, listeners.add(listener));
    return () => {
      listeners.delete(listener);
      return Promise.resolve();
    };
  }

  wake(instance: string, jobId: string): void {
    for (const listener of this.#listeners.get(instance) ?? [])
      queueMicrotask(() => {
        listener(jobId);
      });
  }

  #join(claim: StoredClaim, job: JobDocument, leaseMs: number): Claim {
    const joined = { kind: 'joined', jobId: claim.jobId, job: structuredClone(job) } as const;
    if (job.status === 'running') return { ...joined, state: 'running' };
    if (claim.confirmed) return { ...joined, state: 'queued' };
    if (claim.leaseUntil > this.#now()) return { ...joined, state: 'pending' };
    claim.leaseUntil = this.#now() + leaseMs;
    return { ...joined, state: 'pending-expired' };
  }

  #refuse(reference: JobReference, write: WriteOptions | undefined): Applied | undefined {
    checkReference(reference);
    checkPosition(write?.position);
    if (write?.epoch !== undefined && write.epoch !== this.epoch) return { kind: 'stale-epoch', epoch: this.epoch };
    if (write?.position !== undefined) this.advance(write.position);
    const job = this.jobs.get(reference.jobId);
    return job !== undefined && isTerminal(job.document) ? { kind: 'duplicate' } : undefined;
  }

  #end(reference: JobReference, outcome: Pick<JobDocument, 'status' | 'error'>): void {
    const job = this.jobs.get(reference.jobId) ?? this.#newJob(reference);
    job.document = { ...job.document, ...outcome, updatedAt: this.#instant() };
    if (this.#claims.get(reference.urlHash)?.jobId === reference.jobId) this.#claims.delete(reference.urlHash);
  }

  #newJob({ jobId, url, acceptedAt }: JobReference): StoredJob {
    const at = this.#instant();
    const job: StoredJob = {
      document: { id: jobId, url, status: 'queued', createdAt: acceptedAt, updatedAt: at, attempts: 0 },
      acceptedAt,
    };
    this.jobs.set(jobId, job);
    return job;
  }

  #instant(): string {
    return new Date(this.#now()).toISOString();
  }
}

function isTerminal({ status }: JobDocument): boolean {
  return status === 'done' || status === 'failed';
}
