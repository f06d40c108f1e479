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
 *
 * `thrownBack`: the write is durable, but the store has lost others that were, too: it counts fewer writes of the partition than this
 * process has heard of. Its watermark was not moved: read it again, and the partition from there.
 */
export type Applied =
  | { readonly kind: 'applied' | 'duplicate' | 'superseded'; readonly thrownBack?: true }
  | { readonly kind: 'unknown'; readonly acknowledged: number; readonly wanted: number }
  | { readonly kind: 'stale-epoch'; readonly epoch: number };

/** How far one partition of a topic is dealt with. */
export interface Position {
  readonly topic: string;
  readonly partition: number;
  /**
   * The first offset that is not dealt with: of every message before it the effect is durable. Decimal text, since offsets may pass
   * 2^53.
   */
  readonly offset: string;
}

/** Options of a durable write. */
export interface WriteOptions {
  /** Refuse the write unless the store is in this epoch. Default: any that is not below the highest this process has met. */
  readonly epoch?: number;
  /**
   * How far the partition from which the job came was dealt with when this write began, the message of this job not included. Kept by
   * the same step as the write, once this process has called {@link TagStore.readWatermarks} for the topic: who has not looked how far the
   * store is cannot say what is in it.
   */
  readonly position?: Position;
}

/** Options of {@link TagStore.repairStep}. */
export interface RepairOptions {
  /** Name of the one who repairs, unique among all processes. */
  readonly holder: string;
  /** So long after its last step another holder may go on in its place. */
  readonly leaseMs: number;
  /** After everything was looked at, nobody begins anew for so long, in milliseconds. Default 0. */
  readonly restMs?: number;
  /** About so many records and members of postings are looked at in one step. Default 200. */
  readonly limit?: number;
}

/**
 * What one step of the repair did:
 * - `elsewhere`: another holder is at it;
 * - `resting`: everything was looked at a short while ago;
 * - `stepped`: it looked at `scanned` records and members of postings. `reposted` records had been written by somebody who died before
 *   the postings; `mended` postings were missing or had another score than their record says; `removed` ones had no record any more
 *   that bears them out. `done`: the end was reached; the next step begins anew.
 */
export type RepairStep =
  { readonly kind: 'elsewhere' | 'resting' } | ({ readonly kind: 'stepped'; readonly done: boolean } & RepairCounts);

/** Counts of {@link RepairStep}. */
export interface RepairCounts {
  readonly scanned: number;
  readonly reposted: number;
  readonly mended: number;
  readonly removed: number;
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
 * @throws StoreUnavailable the store does not answer, or cannot take more; then reads still work
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
  /**
   * Of each partition of a topic the highest position that came with a write. Whatever state the store was thrown back to: the effects of
   * all messages before it are in it. A worker that is given a partition begins there, or at the committed offset where that is lower;
   * a partition that was committed and has no watermark has lost its results, and is read from its beginning.
   */
  readWatermarks(topic: string): Promise<ReadonlyMap<number, string>>;
  /**
   * Moves the watermark of a partition on after a message that left nothing to write: one that had been dealt with before, or that nobody
   * can work on. As with a write, only for who has read it, and never back. True where the store was thrown back: see {@link Applied}.
   */
  advance(position: Position): Promise<boolean>;
  /** The number of the current primary's reign: 0 until an elector writes one, and never lower than before. */
  readEpoch(): Promise<number>;
  /**
   * One bounded step of looking through everything: posts what was left unposted, and brings postings in line with the records. May be
   * repeated, and done by several at once; the lease only spares the work. Goes on where the last step of any holder ended.
   */
  repairStep(options: RepairOptions): Promise<RepairStep>;
  /** Resolves when the store answers and keeps what it is given. */
  ping(): Promise<void>;
  close(): Promise<void>;
}
