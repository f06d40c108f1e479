import type { HostOutcome, HostRefusal } from './port.ts';

/** What is decided about one who stands in line. */
export type Decision =
  /** Go after so many milliseconds; the place is taken from now on. */
  | { readonly kind: 'go'; readonly delayMs: number }
  /** Stand in line; ask again when woken, or after so many milliseconds. */
  | { readonly kind: 'wait'; readonly recheckMs: number }
  | { readonly kind: 'no'; readonly refusal: HostRefusal };

/** One place in a line. */
export interface Place {
  readonly host: string;
  /** Not used twice. */
  readonly token: string;
}

/** Decides about all hosts of a gate, each step atomic. */
export interface Decider {
  /** Joins the line, or asks again. `patienceMs` is what is left of the longest wait. */
  enter(place: Place, patienceMs: number): Promise<Decision>;
  /** Leaves the line without having been served. */
  giveUp(place: Place): Promise<void>;
  /** Gives a place back. `random` in [0, 1) spreads the time of an open circuit. */
  leave(place: Place, outcome: HostOutcome, random: number): Promise<void>;
  /** Calls `wake` with the token of whoever should ask again. A hint that may be lost. */
  onWake(wake: (token: string) => void): Promise<void>;
  close(): Promise<void>;
}

/** Who is in line asks again at least this often, and counts as gone when it has not done so for three times as long. */
export const RECHECK_MS = 1_000;
export const PATIENCE_MS = 3 * RECHECK_MS;
