import { setTimeout as after } from 'node:timers/promises';

/** Kubernetes asks three questions: has it started, shall it get traffic, must it be replaced. */
export const HEALTH_KINDS = ['startup', 'ready', 'live'] as const;
export type HealthKind = (typeof HEALTH_KINDS)[number];

/** The answer of one check. `detail` says what is wrong and where (host, error), and never holds a secret. */
export interface HealthFinding {
  readonly ok: boolean;
  readonly detail?: string;
}

export interface HealthCheck {
  readonly name: string;
  readonly kinds: readonly HealthKind[];
  check(): HealthFinding | Promise<HealthFinding>;
}

export interface HealthReport {
  readonly status: 'ok' | 'failing';
  readonly checks: readonly ({ readonly name: string } & HealthFinding)[];
}

/** A check that has not answered by then fails: kubelet's own default limit is 1 s. */
const CHECK_LIMIT_MS = 800;

/** The named checks of a process. While it stops it is alive but not ready. */
export class Health {
  readonly #checks: HealthCheck[] = [];
  #stopping = false;

  add(check: HealthCheck): void {
    this.#checks.push(check);
  }

  /** From now on the process is not ready, whatever the checks say. */
  stop(): void {
    this.#stopping = true;
  }

  async report(kind: HealthKind): Promise<HealthReport> {
    const asked = this.#checks.filter((check) => check.kinds.includes(kind));
    const checks = await Promise.all(asked.map(async (check) => ({ name: check.name, ...(await answer(check)) })));
    if (kind === 'ready' && this.#stopping) checks.unshift({ name: 'process', ok: false, detail: 'is stopping' });
    return { status: checks.every((check) => check.ok) ? 'ok' : 'failing', checks };
  }
}

async function answer(check: HealthCheck): Promise<HealthFinding> {
  const limit = new AbortController();
  const late = after(CHECK_LIMIT_MS, undefined, { signal: limit.signal, ref: false }).then(
    () => ({ ok: false, detail: `did not answer within ${String(CHECK_LIMIT_MS)} ms` }),
    () => ({ ok: false }),
  );
  try {
    return await Promise.race([Promise.resolve(check.check()), late]);
  } catch (error) {
    return { ok: false, detail: error instanceof Error ? error.message : String(error) };
  } finally {
    limit.abort();
  }
}

/**
 * A shared dependency that must have been reached once before the first traffic, and whose later loss is told but does not take
 * the instance out: all replicas would go at once, and with them the answers that can still be given without it.
 */
export function requiredOnce(check: HealthCheck): HealthCheck {
  let reached = false;
  return {
    name: check.name,
    kinds: check.kinds,
    async check() {
      const finding = await answer(check);
      if (finding.ok) reached = true;
      return finding.ok || !reached ? finding : { ok: true, detail: `degraded: ${finding.detail ?? 'not reachable'}` };
    },
  };
}
