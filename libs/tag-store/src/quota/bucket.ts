import type { QuotaGrant, QuotaLimits } from './port.ts';

const MINUTE_MS = 60_000;

/** A token bucket over a clock: full at first, refilled evenly, never over its burst. Pure but for its own state. */
export class TokenBucket {
  #tokens: number;
  #at: number;

  /** `nowMs`: milliseconds of any clock that does not matter to go back. */
  constructor(limits: QuotaLimits, nowMs: number) {
    this.#tokens = limits.burst;
    this.#at = nowMs;
  }

  /** Takes up to `wanted` tokens. The limits may differ from call to call. */
  take(wanted: number, limits: QuotaLimits, nowMs: number): QuotaGrant {
    const { perMinute, burst } = limits;
    const flown = (Math.max(0, nowMs - this.#at) * perMinute) / MINUTE_MS;
    const there = Math.min(burst, this.#tokens + flown);
    const granted = Math.min(wanted, Math.floor(there));
    this.#tokens = there - granted;
    this.#at = nowMs;
    return {
      granted,
      remaining: Math.floor(this.#tokens),
      nextMs: this.#tokens >= 1 ? 0 : Math.ceil(((1 - this.#tokens) * MINUTE_MS) / perMinute),
      fullMs: Math.ceil(((burst - this.#tokens) * MINUTE_MS) / perMinute),
    };
  }
}
