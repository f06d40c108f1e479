import type { HostTurns, NoTurn, Turn } from '@tagservice/safe-fetch';
import type { Logger } from '@tagservice/service-kit';
import { memoryHostGate } from '@tagservice/tag-store';
import type { HostGate, HostLimits } from '@tagservice/tag-store';
import type { ComputeMetrics } from '../compute-metrics.ts';

export interface HostTurnsOptions {
  /** Shared by all pods. */
  readonly gate: HostGate;
  readonly limits: HostLimits;
  readonly metrics: Pick<ComputeMetrics, 'hostWait' | 'hostRefusals'>;
  readonly logger: Logger;
}

/**
 * Turns in front of hosts by the gate that all pods share. While that cannot be reached, this pod goes by a gate of its own: politeness is then
 * only its own, and pages go on being fetched.
 */
export function hostTurns({ gate, limits, metrics, logger }: HostTurnsOptions): HostTurns {
  const own = memoryHostGate(limits);
  return {
    async enter(host, signal): Promise<Turn | NoTurn> {
      const observe = metrics.hostWait.startTimer();
      const grant = await gate.acquire(host, signal).catch((error: unknown) => {
        logger.debug({ reason: error instanceof Error ? error.message : String(error) }, 'hosts are gated by this pod');
        return own.acquire(host, signal);
      });
      observe();
      if (grant.ok) {
        return {
          ok: true,
          leave: (outcome) => {
            grant.release(outcome);
          },
        };
      }
      metrics.hostRefusals.inc({ reason: grant.reason });
      return grant;
    },
  };
}

const BREAKER = { failures: 5, firstMs: 1_000, mostMs: 60_000 };
/** Longer than this nobody stands in line: the page is put off instead, and its partition goes on. */
const MOST_WAIT_MS = 5_000;
/** Beyond the longest request, so that only the dead lose their places. */
const LEASE_MARGIN_MS = 5_000;

/** The limits of each host under a policy. */
export function hostLimits(policy: {
  readonly timeoutMs: number;
  readonly perHost: { readonly concurrency: number; readonly intervalMs: number };
}): HostLimits {
  return {
    ...policy.perHost,
    // With a long interval the next in line still gets a chance.
    mostWaitMs: Math.max(MOST_WAIT_MS, Math.min(2 * policy.perHost.intervalMs, 3 * MOST_WAIT_MS)),
    leaseMs: policy.timeoutMs + LEASE_MARGIN_MS,
    breaker: BREAKER,
  };
}
