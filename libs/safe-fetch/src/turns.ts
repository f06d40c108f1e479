/** What came of one request to a host, for those who ask it next. */
export type TurnOutcome =
  /** It answered, whatever it said. */
  | { readonly kind: 'answered' }
  /** It cannot be reached or says that it is broken. */
  | { readonly kind: 'failed' }
  /** It wants to be left alone for so long, in milliseconds. */
  | { readonly kind: 'rest'; readonly ms: number }
  /** Nothing was learned about it. */
  | { readonly kind: 'void' };

/** The right to send one request to a host. It must be given back. */
export interface Turn {
  readonly ok: true;
  leave(outcome: TurnOutcome): void;
}

/** The host may not be asked in reasonable time. */
export interface NoTurn {
  readonly ok: false;
  /** `busy`: others are asking it; `resting`: it wants to be left alone; `broken`: it has failed too often. */
  readonly reason: 'busy' | 'resting' | 'broken';
  /** When to come again, in milliseconds from now. */
  readonly retryAfterMs: number;
}

/** Who may ask a host when. Waits only as long as it is worth; also used by the fetch of robots.txt. */
export interface HostTurns {
  /** Never rejects; when the signal is aborted it answers soon. */
  enter(host: string, signal: AbortSignal): Promise<Turn | NoTurn>;
}

const freely: Turn = { ok: true, leave: () => undefined };

/** Lets everybody ask at once. */
export const noTurns: HostTurns = { enter: () => Promise.resolve(freely) };
