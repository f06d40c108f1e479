import { hash } from 'node:crypto';
import { TokenBucket } from '@tagservice/tag-store';
import type { Quota, QuotaGrant, QuotaLimits } from '@tagservice/tag-store';
import { LRUCache } from 'lru-cache';

export interface TenantLimitsOptions {
  readonly quota: Quota;
  readonly limits: QuotaLimits;
  /** Names this instance among the others. */
  readonly instance: string;
  /** Milliseconds of a clock that never goes back. */
  readonly now: () => number;
}

/** Whether a tenant may go on, and what its quota is like. */
export interface Allowance {
  readonly allowed: boolean;
  readonly remaining: number;
  /** Milliseconds until the quota is whole again. */
  readonly fullMs: number;
  /** Milliseconds until the next request may come; 0 where it may come now. */
  readonly nextMs: number;
}

interface Tenant {
  readonly key: string;
  /** Tokens fetched and not spent yet. */
  tokens: number;
  /** Of the shared bucket, as it last answered. */
  last: QuotaGrant;
  refusedUntil: number;
  fetchedAt: number;
  /** Tokens that the next fetch asks for. */
  stride: number;
  /** Requests that wait for a fetch. */
  waiting: number;
  fetching: Promise<void> | undefined;
  local: TokenBucket | undefined;
}

const MOST_TENANTS = 20_000;
/** At ten thousand requests a second, twenty questions a second. */
const MOST_STRIDE = 512;
/** A fetch that was spent within this time is followed by one of twice as many tokens. */
const QUICK_MS = 100;
/** After a failure the shared buckets are not asked for this long. */
const AWAY_MS = 1_000;
/** Instances say that they are there this often, and count each other. */
const PRESENT_EVERY_MS = 10_000;

/**
 * Requests of a tenant, counted over all instances by a bucket in Redis. Tokens are fetched singly by who asks seldom and in growing handfuls by who asks
 * often; a tenant that has none left is refused without asking. While Redis is away each instance gives its part of the limit by itself.
 */
export class TenantLimits {
  private readonly tenants = new LRUCache<string, Tenant>({ max: MOST_TENANTS });
  private instances = 1;
  private presentAt = -Infinity;
  private awayUntil = -Infinity;

  constructor(private readonly options: TenantLimitsOptions) {}

  get limits(): QuotaLimits {
    return this.options.limits;
  }

  /** Takes one request from the quota of a tenant: at once where tokens are at hand. Never rejects. */
  take(name: string): Allowance | Promise<Allowance> {
    const tenant = this.tenantOf(name);
    return this.atHand(tenant) ?? this.fetchAndTake(tenant);
  }

  private tenantOf(name: string): Tenant {
    const known = this.tenants.get(name);
    if (known !== undefined) return known;
    const { limits } = this.options;
    const tenant: Tenant = {
      key: hash('sha256', name, 'hex').slice(0, 32),
      tokens: 0,
      last: { granted: 0, remaining: limits.burst, nextMs: 0, fullMs: 0 },
      refusedUntil: -Infinity,
      fetchedAt: -Infinity,
      stride: 1,
      waiting: 0,
      fetching: undefined,
      local: undefined,
    };
    this.tenants.set(name, tenant);
    return tenant;
  }

  private atHand(tenant: Tenant): Allowance | undefined {
    if (tenant.tokens > 0) {
      tenant.tokens -= 1;
      return allowance(tenant, true, 0);
    }
    const refusedMs = tenant.refusedUntil - this.options.now();
    return refusedMs > 0 ? allowance(tenant, false, refusedMs) : undefined;
  }

  /** Whoever finds the tokens of a fetch spent by those before fetches again: each fetch serves somebody, or says that there are none. */
  private async fetchAndTake(tenant: Tenant): Promise<Allowance> {
    tenant.waiting += 1;
    try {
      for (;;) {
        tenant.fetching ??= this.fetch(tenant).finally(() => {
          tenant.fetching = undefined;
        });
        await tenant.fetching;
        const found = this.atHand(tenant);
        if (found !== undefined) return found;
        if (tenant.last.granted === 0) return allowance(tenant, false, Math.max(1, tenant.last.nextMs));
      }
    } finally {
      tenant.waiting -= 1;
    }
  }

  private async fetch(tenant: Tenant): Promise<void> {
    const now = this.options.now();
    const isQuick = now - tenant.fetchedAt < QUICK_MS;
    const most = Math.min(MOST_STRIDE, Math.max(1, Math.floor(this.limits.burst / 10)));
    tenant.stride = isQuick ? Math.min(most, tenant.stride * 2) : 1;
    tenant.fetchedAt = now;
    const wanted = Math.min(this.limits.burst, Math.max(tenant.stride, tenant.waiting));
    const grant = await this.ask(tenant, wanted);
    tenant.last = grant;
    tenant.tokens += grant.granted;
    if (grant.granted === 0) tenant.refusedUntil = this.options.now() + Math.max(1, grant.nextMs);
  }

  private async ask(tenant: Tenant, tokens: number): Promise<QuotaGrant> {
    const { quota, limits, now } = this.options;
    if (now() < this.awayUntil) return this.alone(tenant, tokens);
    try {
      this.sayPresent();
      const grant = await quota.take(tenant.key, tokens, limits);
      tenant.local = undefined;
      return grant;
    } catch {
      this.awayUntil = now() + AWAY_MS;
      return this.alone(tenant, tokens);
    }
  }

  /** This instance's part of the limit, from a bucket of its own. */
  private alone(tenant: Tenant, tokens: number): QuotaGrant {
    const { limits, now } = this.options;
    const part = {
      perMinute: Math.max(1, limits.perMinute / this.instances),
      burst: Math.max(1, Math.floor(limits.burst / this.instances)),
    };
    tenant.local ??= new TokenBucket(part, now());
    return tenant.local.take(tokens, part, now());
  }

  /** Beside the work: how many instances there are is needed only once Redis is away. */
  private sayPresent(): void {
    const { quota, instance, now } = this.options;
    if (now() - this.presentAt < PRESENT_EVERY_MS) return;
    this.presentAt = now();
    quota.present(instance).then(
      (count) => {
        this.instances = Math.max(1, count);
      },
      () => undefined,
    );
  }
}

function allowance({ tokens, last }: Tenant, allowed: boolean, nextMs: number): Allowance {
  return { allowed, remaining: tokens + last.remaining, fullMs: last.fullMs, nextMs };
}
