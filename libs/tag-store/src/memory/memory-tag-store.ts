import { isNewer, checkReference, urlHashOf } from '../identity.ts';
import type { JobDocument, JobError, PageTags } from '@tagservice/contracts';
import { StoreUnavailable } from '../errors.ts';
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
}

/** Options of {@link memoryTagStore}. */
export interface MemoryTagStoreOptions {
  /** Milliseconds since 1970; for tests of leases. Default `Date.now`. */
  readonly now?: () => number;
  /** Most URLs kept per tag. Default 10,000. */
  readonly maxPostings?: number;
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
    readPage: (urlHash) => later(() => structuredClone(store.records.get(urlHash)?.page)),
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
      later(() => store.index.page(tag, page, (hash) => store.records.get(hash)?.page)),
    countUrls: (tags) => later(() => tags.map((tag) => store.index.count(tag))),
    onWake: (instance, listener) => later(() => store.listen(instance, listener)),
    wake: (instance, jobId) =>
      later(() => {
        store.wake(instance, jobId);
      }),
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
  readonly records = new Map<string, StoredRecord>();
  readonly jobs = new Map<string, StoredJob>();
  readonly index: MemoryIndex;
  available = true;
  epoch = 0;
  readonly #claims = new Map<string, StoredClaim>();
  readonly #listeners = new Map<string, Set<(jobId: string) => void>>();
  readonly #now: () => number;

  constructor({ now = Date.now, maxPostings = 10_000 }: MemoryTagStoreOptions) {
    this.#now = now;
    this.index = new MemoryIndex(maxPostings);
  }

  check(): void {
    if (!this.available) throw new StoreUnavailable('memory', 'connect ECONNREFUSED');
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
    const current = this.records.get(reference.urlHash);
    this.#end(reference, { status: 'done' });
    if (current !== undefined && !isNewer(reference, current)) return { kind: 'superseded' };
    const { acceptedAt, jobId, urlHash } = reference;
    this.records.set(urlHash, { page: structuredClone(page), acceptedAt, jobId });
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
    if (write?.epoch !== undefined && write.epoch !== this.epoch) return { kind: 'stale-epoch', epoch: this.epoch };
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
