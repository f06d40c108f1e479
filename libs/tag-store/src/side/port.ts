import type { Verdict } from '@tagservice/contracts';

/** A verdict and its place in the order in which verdicts were given. */
export interface NumberedVerdict extends Verdict {
  readonly number: number;
}

/**
 * What tenants think of tags, for whoever learns from it. One verdict per tenant, page and tag: a new one replaces the old and moves to
 * the end. Bounded: beyond `maxVerdicts` the oldest are forgotten.
 */
export interface Feedback {
  /** Keeps a verdict; answers the one that is kept now: the earlier one, where it says the same. @throws StoreUnavailable */
  record(verdict: Verdict): Promise<Verdict>;
  /** Verdicts given after the one with this number (0: from the beginning), oldest first, at most 1,000. @throws StoreUnavailable */
  since(number: number, limit: number): Promise<readonly NumberedVerdict[]>;
}

/**
 * Short texts by key, each with an end: answers that may have to be repeated, failures that need not be. Nothing that must not be lost:
 * a lost primary may take the last of them with it.
 *
 * @throws StoreUnavailable in every call
 */
export interface Notes {
  get(key: string): Promise<string | undefined>;
  put(key: string, text: string, ttlMs: number): Promise<void>;
  /** Writes where nothing stands; otherwise changes nothing and answers what stands there. */
  putIfAbsent(key: string, text: string, ttlMs: number): Promise<string | undefined>;
  /** Takes a note away if it still says this. */
  remove(key: string, text: string): Promise<void>;
}

/** What the API keeps beside the records of pages. */
export interface SideStore {
  readonly notes: Notes;
  readonly feedback: Feedback;
  close(): Promise<void>;
}

/** Most verdicts kept unless said otherwise: at about 300 bytes each, some 30 MB. */
export const MAX_VERDICTS = 100_000;

/** Most verdicts of one answer of {@link Feedback.since}. */
export const VERDICTS_PAGE_MAX = 1_000;
