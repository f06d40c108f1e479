import { randomUUID } from 'node:crypto';
import { setTimeout as after } from 'node:timers/promises';
import type { Decider, Place } from './decider.ts';
import type { HostGate, HostGrant, HostLimits, HostOutcome, HostRefusal } from './port.ts';

export interface QueuedGateOptions {
  readonly decider: Decider;
  readonly limits: Pick<HostLimits, 'mostWaitMs' | 'intervalMs'>;
  /** Begins the token of each place; wake-ups find the way back by it. */
  readonly instance: string;
}

/** The waiting side of a gate: stands in line at a {@link Decider}, woken when it is its turn, and asks again now and then in case that was lost. */
export class QueuedGate implements HostGate {
  private readonly sleepers = new Map<string, () => void>();
  private readonly options: QueuedGateOptions;
  private listening: Promise<void> | undefined;

  constructor(options: QueuedGateOptions) {
    this.options = options;
  }

  async acquire(host: string, signal: AbortSignal): Promise<HostGrant | HostRefusal> {
    const { decider, limits, instance } = this.options;
    const place: Place = { host, token: `${instance}/${randomUUID()}` };
    const until = performance.now() + limits.mostWaitMs;
    this.listening ??= decider.onWake((token) => this.sleepers.get(token)?.());
    await this.listening;
    try {
      return await this.stand(place, until, signal);
    } finally {
      this.sleepers.delete(place.token);
    }
  }

  private async stand(place: Place, until: number, signal: AbortSignal): Promise<HostGrant | HostRefusal> {
    const { decider } = this.options;
    for (;;) {
      const patienceMs = Math.max(0, until - performance.now());
      const woken = this.sleeper(place.token);
      const decision = await decider.enter(place, Math.ceil(patienceMs));
      if (decision.kind === 'no') return decision.refusal;
      if (decision.kind === 'go') return await this.go(place, decision.delayMs, signal);
      if (signal.aborted || patienceMs === 0) return await this.giveUp(place);
      await soonest(woken, Math.min(decision.recheckMs, patienceMs), signal);
    }
  }

  async close(): Promise<void> {
    for (const wake of this.sleepers.values()) wake();
    await this.options.decider.close();
  }

  /** Set up before the decision, so that no wake-up falls between it and the sleep. */
  private sleeper(token: string): Promise<undefined> {
    const { promise, resolve } = Promise.withResolvers<undefined>();
    this.sleepers.set(token, () => {
      resolve(undefined);
    });
    return promise;
  }

  private async go(place: Place, delayMs: number, signal: AbortSignal): Promise<HostGrant | HostRefusal> {
    if (delayMs > 0) await after(delayMs, undefined, { signal }).catch(() => undefined);
    const release = this.releaseOf(place);
    if (!signal.aborted) return { ok: true, release };
    release({ kind: 'void' });
    return this.busy();
  }

  private releaseOf(place: Place): (outcome: HostOutcome) => void {
    let released = false;
    return (outcome) => {
      if (released) return;
      released = true;
      this.options.decider.leave(place, outcome, Math.random()).catch(() => undefined);
    };
  }

  private async giveUp(place: Place): Promise<HostRefusal> {
    await this.options.decider.giveUp(place).catch(() => undefined);
    return this.busy();
  }

  private busy(): HostRefusal {
    const { mostWaitMs, intervalMs } = this.options.limits;
    return { ok: false, reason: 'busy', retryAfterMs: Math.max(mostWaitMs, intervalMs) };
  }
}

async function soonest(woken: Promise<undefined>, ms: number, signal: AbortSignal): Promise<void> {
  const timer = new AbortController();
  const limit = after(Math.max(1, ms), undefined, { signal: AbortSignal.any([signal, timer.signal]) }).catch(
    () => undefined,
  );
  await Promise.race([woken, limit]);
  timer.abort();
}
