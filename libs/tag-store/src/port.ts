import type { JobDocument, JobError, PageTags } from '@tagservice/contracts';

/** What is needed to know a job, even when the store has lost it: a {@link TagRequest} is one. */
export interface JobReference {
  /** From `newJobId(urlHash)`: it begins with the hash of the URL. */
  readonly jobId: string;
  readonly url: string;
  readonly urlHash: string;
  /** ISO 8601, UTC, milliseconds. Of two results for one URL the one accepted later wins. */
  readonly acceptedAt: string;
}

/** A claim: the wish to be the one who queues the job for a URL. */
export interface ClaimRequest extends JobReference {
  /** How long the claimer may take to publish the job and confirm it. After that the next asker publishes it again. */
  readonly leaseMs: number;
}

/**
 * Answer to a claim. One job per URL at a time, over all replicas:
 * - `claimed`: the job is ours: publish it, then `confirmQueued`;
 * - `joined`: a job for the URL is under way; wait for that one. State `pending` means that its claimer has not confirmed it yet:
 *   it may be publishing it right now, or may never do so. Before somebody is promised that the job will be done, publish it too,
 *   **under the joined id**, then `confirmQueued`. `pending-expired` means that the claimer's time is over: the lease is ours now,
 *   publish it in any case.
 */
export type Claim =
  | { readonly kind: 'claimed'; readonly job: JobDocument }
  | {
      readonly kind: 'joined';
      readonly jobId: string;
      readonly state: 'pending' | 'pending-expired' | 'queued' | 'running';
      readonly job: JobDocument;
    };

/** Answer to the start of an attempt: its number, counted over all processes, or the job as it ended before. */
export type AttemptStart =
  { readonly kind: 'started'; readonly attempts: number } | { readonly kind: 'finished'; readonly job: JobDocument };

/** A result to be made durable. */
export interface TagResult extends JobReference {
  readonly page: PageTags;
}

/**
 * What became of a write. Only `applied`, `duplicate` and `superseded` are durable and may be followed by a commit:
 * - `applied`: the record, the job and the postings are written;
 * - `duplicate`: the job had ended before; nothing changed;
 * - `superseded`: a newer job has already written the record; this job is done, the record stays;
 * - `unknown`: written at the primary, but too few replicas confirmed in time. It may be lost with the primary: do not commit, try again;
 * - `stale-epoch`: this primary belongs to another epoch: connect anew, then try again.
 */
export type Applied =
  | { readonly kind: 'applied' | 'duplicate' | 'superseded' }
  | { readonly kind: 'unknown'; readonly acknowledged: number; readonly wanted: number }
  | { readonly kind: 'stale-epoch'; readonly epoch: number };

/** Options of a durable write. */
export interface WriteOptions {
  /** Refuse the write unless the store is in this epoch. Default: any. */
  readonly epoch?: number;
}

/** One page of the URLs of a tag, best score first. */
export interface TagUrls {
  readonly urls: readonly {
    readonly url: string;
    readonly urlHash: string;
    readonly title: string;
    readonly score: number;
    readonly taggedAt: string;
    /** All tags of the page, as keys (`tagKey`), the best first: what tells pages that are nearly the same. */
    readonly tags: readonly string[];
    /** The address that the page names as its own, where it is another. */
    readonly canonical: string | undefined;
  }[];
  /** Where the next page begins; undefined at the end. Not secret and not signed. */
  readonly cursor: string | undefined;
}

/**
 * Keeps records of URLs, their jobs and the index of tags. Every call ends within about a second:
 * @throws StoreUnavailable the store does not answer
 * @throws InvalidJobId the job id is not one of `newJobId`, or not of this URL
 */
export interface TagStore {
  /** The record of a URL, whatever its age. */
  readPage(urlHash: string): Promise<PageTags | undefined>;
  claimJob(request: ClaimRequest): Promise<Claim>;
  /** The broker has acknowledged the job: from now on it lives until it ends, or a day. */
  confirmQueued(jobId: string): Promise<void>;
  /** The job, for a day after its last change; undefined also for a text that is no job id. */
  readJob(jobId: string): Promise<JobDocument | undefined>;
  /** Counts an attempt, before any work is done, so that a job that kills its worker is bounded too. */
  startAttempt(job: JobReference): Promise<AttemptStart>;
  /**
   * Takes an attempt back that was ended from outside (the message went to another worker) and so says nothing about the page. Where
   * this call is lost, the attempt counts: the bound holds in any case.
   */
  returnAttempt(job: JobReference): Promise<void>;
  /** Writes a result: one atomic script, then waits for the replicas. Idempotent by job id. */
  apply(result: TagResult, options?: WriteOptions): Promise<Applied>;
  /** Ends a job as failed, as durably as `apply`. A record from an earlier job stays. */
  fail(job: JobReference, error: JobError, options?: WriteOptions): Promise<Applied>;
  /**
   * Ends a job as failed because it could not be published, unless somebody has confirmed that it is queued. What it answers is the
   * same as of `fail`; `duplicate` where it was confirmed or has ended.
   */
  abandon(job: JobReference, error: JobError): Promise<Applied>;
  /** URLs whose tags include this one, whatever its case. */
  urlsOfTag(tag: string, page: { readonly limit: number; readonly cursor?: string }): Promise<TagUrls>;
  /** How many URLs each of these tags has, whatever its case; what is over the bound of a posting is not counted. */
  countUrls(tags: readonly string[]): Promise<readonly number[]>;
  /**
   * Listens for wake-ups of an instance, also after reconnects. A wake-up is a hint and may be lost: read again every
   * 250 ms until the deadline. Resolves to the function that ends it.
   */
  onWake(instance: string, listener: (jobId: string) => void): Promise<() => Promise<void>>;
  /** Tells an instance that a job has ended. */
  wake(instance: string, jobId: string): Promise<void>;
  /** Resolves when the store answers. */
  ping(): Promise<void>;
  close(): Promise<void>;
}
