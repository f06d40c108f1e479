import type { Applied, JobReference } from '../../src/port.ts';

/**
 * What a client heard of a call: `ok` with the answer; `unknown` where the call may or may not have taken effect; `refused` where it
 * certainly had none.
 */
export type Heard<T> =
  { readonly is: 'ok'; readonly value: T } | { readonly is: 'unknown' } | { readonly is: 'refused' };

/** What the calls of a history answer. */
export interface Answers {
  readonly claim: { readonly kind: 'claimed' | 'joined'; readonly jobId: string };
  /** Number of the attempt; 0 when the job had ended. */
  readonly attempt: number;
  readonly apply: Applied['kind'];
  readonly fail: Applied['kind'];
  /** Id of the job whose result is the record; undefined when there is none. */
  readonly page: string | undefined;
  readonly job: string | undefined;
  readonly epoch: number;
}

/** The name of a call. */
export type CallKind = keyof Answers;

/** One call of one client, with when it began and when it was answered, in milliseconds of one clock. */
export type Call = {
  readonly [Kind in CallKind]: {
    readonly kind: Kind;
    readonly client: number;
    /** The job that the call is about; of `page` the job that the client had in mind. */
    readonly job: JobReference;
    readonly from: number;
    readonly to: number;
    readonly heard: Heard<Answers[Kind]>;
  };
}[CallKind];

/** From the beginning of a fault to when everything was well again. */
export interface Trouble {
  readonly fault: 'kill' | 'freeze' | 'partition';
  readonly from: number;
  readonly to: number;
}

/** How things stand when everything is over. */
export interface FinalState {
  /** By job. */
  readonly jobs: ReadonlyMap<string, { readonly status: string; readonly attempts: number }>;
  /** By URL hash: the job whose result it is, and its tags. */
  readonly records: ReadonlyMap<
    string,
    { readonly jobId: string; readonly acceptedAt: string; readonly tags: readonly string[] }
  >;
  /** By tag: hashes of the URLs that are found by it. */
  readonly postings: ReadonlyMap<string, ReadonlySet<string>>;
}

/** Everything that a run has recorded. */
export interface History {
  readonly calls: readonly Call[];
  readonly troubles: readonly Trouble[];
  /** What a primary that was replaced answered to writes of the epoch after its own. */
  readonly fence: readonly string[];
  readonly final: FinalState;
  /** Every result that was ever given to `apply`, by its job. */
  readonly given: ReadonlyMap<string, { readonly job: JobReference; readonly tags: readonly string[] }>;
}
