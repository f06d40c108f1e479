import type { KubeObject, ObjectKey } from '../api/object.ts';
import type { Resource } from '../api/resource.ts';
import type { Logger } from '../logger.ts';

/** What a reconcile answers: nothing (done until something changes), or when to look again. */
export interface ReconcileResult {
  /** Reconcile again after so many milliseconds, even if nothing changes. */
  requeueAfter?: number;
}

/** What every reconcile is given besides the key. */
export interface ReconcileContext {
  /** Aborts at the deadline, when the lease is lost and when the process stops. Hand it to every call. */
  readonly signal: AbortSignal;
  /** Carries the controller's name and the key. */
  readonly log: Logger;
  /** How many times in a row this key has failed before this run. */
  readonly failures: number;
  /**
   * Nothing asked for this run but the `requeueAfter` of the one before, or somebody who was told of nothing: as far as watches tell, the world is
   * as it was then. A reconcile may ignore it.
   */
  readonly onlyTime: boolean;
}

/**
 * Makes the world fit the object named by `key`, whatever happened: it is never told what changed. The object may be gone.
 * Throwing means "try again with back-off"; throwing a {@link TerminalError} means "do not, until something changes".
 */
export type Reconcile = (
  key: ObjectKey,
  context: ReconcileContext,
) => Promise<ReconcileResult | undefined> | Promise<void>;

/** A reconcile error that trying again cannot mend. It is counted and logged, and not retried until a watch names the key again. */
export class TerminalError extends Error {
  override readonly name = 'TerminalError';
}

/** Decides whether a change matters. `before` is absent for adds; for deletes both are the last state known. */
export interface Predicate<T extends KubeObject> {
  add?(object: T): boolean;
  update?(before: T, after: T): boolean;
  delete?(object: T): boolean;
}

/** Which keys of the primary kind an object of another kind concerns. */
export type MapFunction<T extends KubeObject> = (object: T) => readonly ObjectKey[];

/** A watch on another kind; made by `watching`, which ties the types of its parts together. */
export interface WatchSource {
  readonly resource: Resource;
  readonly map: MapFunction<KubeObject>;
  readonly predicate: Predicate<KubeObject> | undefined;
}

export interface ControllerOptions<T extends KubeObject> {
  /** Names it in logs and metrics. */
  name: string;
  /** The kind whose keys are reconciled. */
  primary: Resource<T>;
  /** Which changes of the primary matter; all by default. */
  predicate?: Predicate<T>;
  watches?: readonly WatchSource[];
  reconcile: Reconcile;
  /** Keys reconciled at the same time (1). Never two runs of one key. */
  concurrency?: number;
  /** A reconcile's time limit in milliseconds (60 s): its signal aborts, and the run counts as failed even if it never returns. */
  reconcileTimeoutMs?: number;
  /**
   * Retry delays: `baseMs` (5) doubled per failure up to `maxMs` (5,000), with jitter. The wait is over at once when the object changes and
   * when a server that gave no answers gives some again. Go's runtime waits up to 1,000 s: too long to come back from an outage by itself.
   */
  backoff?: { baseMs?: number; maxMs?: number };
  /** Every key is queued again, at low priority, about once in so many milliseconds (10 h); 0 turns it off. */
  resyncMs?: number;
}

/** A controller as the manager takes it; made by `defineController`. */
export type ControllerDefinition = Readonly<
  Omit<ControllerOptions<KubeObject>, 'predicate' | 'watches'> & {
    predicate: Predicate<KubeObject> | undefined;
    watches: readonly WatchSource[];
  }
>;
