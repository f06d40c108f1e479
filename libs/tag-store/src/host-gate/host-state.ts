import { PATIENCE_MS, RECHECK_MS } from './decider.ts';
import type { Decision } from './decider.ts';
import { LONGEST_REST_MS } from './port.ts';
import type { HostLimits, HostOutcome, HostRefusal } from './port.ts';

/** What is known about one host; the same as the script of the Redis adapter keeps. Times in milliseconds since 1970. */
export class HostState {
  private readonly limits: HostLimits;
  /** Tokens that hold a place, and until when. */
  private readonly leases = new Map<string, number>();
  /** Tokens in line, eldest first, and until when they count. */
  private readonly line = new Map<string, number>();
  private nextAt = 0;
  private restUntil = 0;
  private openUntil = 0;
  private failures = 0;
  private opened = 0;

  constructor(limits: HostLimits) {
    this.limits = limits;
  }

  /** Nothing is known that would be missed. */
  isForgettable(now: number): boolean {
    this.prune(now);
    const busy = this.leases.size + this.line.size > 0;
    return !busy && this.failures === 0 && Math.max(this.nextAt, this.restUntil, this.openUntil) <= now;
  }

  enter(token: string, now: number, patienceMs: number): Decision {
    this.prune(now);
    const { intervalMs, leaseMs } = this.limits;
    this.line.set(token, now + PATIENCE_MS);
    const rank = [...this.line.keys()].indexOf(token);
    const earliest = Math.max(now, this.nextAt, this.restUntil, this.openUntil);
    const waitMs = earliest + rank * intervalMs - now;
    if (waitMs > patienceMs) {
      this.line.delete(token);
      return { kind: 'no', refusal: { ok: false, reason: this.reason(now, patienceMs), retryAfterMs: waitMs } };
    }
    if (rank >= this.places() - this.leases.size) return { kind: 'wait', recheckMs: RECHECK_MS };
    this.line.delete(token);
    this.leases.set(token, earliest + leaseMs);
    this.nextAt = earliest + intervalMs;
    return { kind: 'go', delayMs: earliest - now };
  }

  giveUp(token: string): void {
    this.line.delete(token);
  }

  leave(token: string, outcome: HostOutcome, { now, random }: { readonly now: number; readonly random: number }): void {
    // A place whose lease is over was given to another; what its holder learned counts all the same.
    const beganAt = (this.leases.get(token) ?? now + this.limits.leaseMs) - this.limits.leaseMs;
    this.leases.delete(token);
    if (outcome.kind === 'answered' || outcome.kind === 'rest') this.failures = this.opened = this.openUntil = 0;
    if (outcome.kind === 'rest') {
      this.restUntil = Math.max(this.restUntil, now + Math.min(outcome.ms, LONGEST_REST_MS));
    }
    // Requests that were under way when the circuit opened say nothing new.
    if (outcome.kind === 'failed' && beganAt >= this.openUntil) this.fail(now, random);
  }

  /** Whoever should ask again, now that something has changed. */
  next(): readonly string[] {
    return [...this.line.keys()].slice(0, Math.max(0, this.places() - this.leases.size));
  }

  private fail(now: number, random: number): void {
    const { failures, firstMs, mostMs } = this.limits.breaker;
    this.failures += 1;
    if (this.failures < failures) return;
    const full = Math.min(mostMs, firstMs * 2 ** Math.min(this.opened, 30));
    this.opened += 1;
    this.openUntil = now + full / 2 + (full / 2) * random;
  }

  /** One while the circuit is not closed: a single request tries. */
  private places(): number {
    return this.failures >= this.limits.breaker.failures ? 1 : this.limits.concurrency;
  }

  private reason(now: number, patienceMs: number): HostRefusal['reason'] {
    if (this.restUntil > now + patienceMs) return 'resting';
    return this.openUntil > now + patienceMs ? 'broken' : 'busy';
  }

  private prune(now: number): void {
    for (const times of [this.leases, this.line]) {
      for (const [token, until] of times) if (until <= now) times.delete(token);
    }
  }
}
