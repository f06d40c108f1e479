import type { Lease } from '../api/builtin.ts';
import { Lease as LeaseResource } from '../api/builtin.ts';
import { microTime } from '../api/micro-time.ts';
import type { KubeClient } from '../client/client.ts';
import { isAlreadyExists, isConflict, isNotFound } from '../client/errors.ts';
import { pause, type Clock } from '../clock/clock.ts';
import { withFields, type Logger } from '../logger.ts';
import type { LeaderElectionOptions } from '../manager/types.ts';

export interface LeaderElectorOptions {
  client: KubeClient;
  election: LeaderElectionOptions;
  clock: Clock;
  log: Logger;
  onLeading: () => void;
  /** Called once; the process must not act any more. */
  onLost: (reason: string) => void;
}

/** What was last seen in the Lease, and when it was first seen like that, on our own monotonic clock. */
type Observation = { lease: Lease; record: string; at: number };

/** Even a server that refuses at once is not asked more often than this. */
const shortestPauseMs = 50;

/**
 * Elects one leader by a Lease, with client-go's rules: the times in the Lease are never compared with a clock of ours; a lease has
 * expired when it has not been seen to change for as long as its holder promised. A leader that cannot renew stops before others may
 * take over.
 */
export class LeaderElector {
  readonly #options: LeaderElectorOptions;
  readonly #leaseMs: number;
  readonly #renewMs: number;
  readonly #retryMs: number;
  /** Time limit of one request: three fit before the leader has to give up. */
  readonly #requestMs: number;
  readonly #key: { namespace: string; name: string };
  readonly #log: Logger;
  #seen: Observation | undefined;
  /** When the last successful renewal was sent (monotonic): others count from a later moment. */
  #renewedAt: number | undefined;
  /** A write was sent that makes the lease ours, whatever was answered. */
  #hasAsked = false;
  #cancelExpiry: () => void = () => undefined;
  #lost = false;

  constructor(options: LeaderElectorOptions) {
    const { election } = options;
    this.#options = options;
    this.#leaseMs = election.leaseDurationMs ?? 15_000;
    this.#renewMs = election.renewDeadlineMs ?? 10_000;
    this.#retryMs = election.retryPeriodMs ?? 2_000;
    this.#requestMs = this.#renewMs * 0.3;
    this.#key = { namespace: election.namespace, name: election.name };
    this.#log = withFields(options.log, {
      lease: `${election.namespace}/${election.name}`,
      identity: election.identity,
    });
  }

  /** True while the lease is ours beyond doubt, by the monotonic clock: right even if the process was stopped and resumed. */
  holds(): boolean {
    return (
      !this.#lost && this.#renewedAt !== undefined && this.#options.clock.monotonic() < this.#renewedAt + this.#renewMs
    );
  }

  get lost(): boolean {
    return this.#lost;
  }

  /** Grows with every change of leader: a fencing number. Undefined before the Lease was read. */
  get epoch(): number | undefined {
    return this.#seen?.lease.spec?.leaseTransitions;
  }

  /** Tries to lead, then renews, until `signal` aborts or the lease is lost. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock } = this.#options;
    while (!signal.aborted && !this.#lost) {
      const leading = this.#renewedAt !== undefined;
      const started = clock.monotonic();
      const succeeded = await this.#attempt(signal);
      if (signal.aborted) return;
      if (succeeded && !leading) this.#lead();
      if (!succeeded && leading) this.#checkHolder();
      // Candidates spread out; a leader keeps its rhythm, so an attempt that got no answer is followed by the next at once.
      const period = leading || succeeded ? this.#retryMs : this.#retryMs * (1 + 0.2 * Math.random());
      await pause(clock, Math.max(shortestPauseMs, period - (clock.monotonic() - started)), signal);
    }
  }

  /** Gives the lease up, so that another may lead at once. Call when nothing acts any more. */
  async release(): Promise<void> {
    this.#cancelExpiry();
    this.#renewedAt = undefined;
    if (!this.#hasAsked || this.#lost) return;
    try {
      // The last write may have taken effect without our hearing of it.
      await this.#look(new AbortController().signal);
      if (this.#seen === undefined || !this.#isOurs(this.#seen.lease)) return;
      await this.#giveUp(this.#seen.lease);
      this.#log.info({}, 'lease released');
    } catch (error) {
      this.#log.warn({ err: error }, 'the lease could not be released: it will expire');
    }
  }

  async #giveUp(lease: Lease): Promise<void> {
    const { client, clock } = this.#options;
    const renewTime = microTime(clock.now());
    const spec = { ...lease.spec, holderIdentity: '', leaseDurationSeconds: 1, renewTime };
    const call = { timeoutMs: 2_000, unfenced: true, urgent: true };
    await client.update(LeaseResource, { ...lease, spec }, call);
  }

  #lead(): void {
    this.#log.info({ epoch: this.epoch }, 'leading');
    this.#options.onLeading();
  }

  /** A renewal that failed because somebody else took the lease is final; one that got no answer may succeed next time. */
  #checkHolder(): void {
    if (this.#seen === undefined || this.#isOurs(this.#seen.lease)) return;
    this.#lose(`the lease is held by ${this.#seen.lease.spec?.holderIdentity ?? 'nobody'}`);
  }

  #lose(reason: string): void {
    if (this.#lost) return;
    this.#lost = true;
    this.#cancelExpiry();
    this.#log.error({ reason }, 'leadership lost');
    this.#options.onLost(reason);
  }

  /** One try to take or renew the lease; never throws. */
  async #attempt(signal: AbortSignal): Promise<boolean> {
    try {
      return await this.#send(signal);
    } catch (error) {
      if (signal.aborted) return false;
      if (isConflict(error) || isAlreadyExists(error) || isNotFound(error)) {
        // Somebody wrote in between: look at it again in the next round, or at once if it was ours to renew.
        await this.#look(signal);
        if (this.#isUnanswered()) return await this.#renewAgain(signal);
      } else {
        this.#log.warn({ err: error }, 'the lease could not be renewed or read');
      }
      return false;
    }
  }

  /** We lead, and what stands in the way of a renewal is an earlier one of ours whose answer did not reach us. */
  #isUnanswered(): boolean {
    return this.#renewedAt !== undefined && this.#seen !== undefined && this.#isOurs(this.#seen.lease);
  }

  async #renewAgain(signal: AbortSignal): Promise<boolean> {
    try {
      return await this.#send(signal);
    } catch (error) {
      this.#log.warn({ err: error }, 'the lease could not be renewed');
      return false;
    }
  }

  async #send(signal: AbortSignal): Promise<boolean> {
    const sentAt = this.#options.clock.monotonic();
    const lease = await this.#acquireOrRenew(signal);
    if (lease === undefined) return false;
    this.#observe(lease);
    this.#renewed(sentAt);
    return true;
  }

  async #acquireOrRenew(signal: AbortSignal): Promise<Lease | undefined> {
    const { client, clock } = this.#options;
    // While leading, our own copy is the newest; if it is not, the write says so.
    if (this.#renewedAt === undefined || this.#seen === undefined) await this.#look(signal);
    // A stop does not cut a write off: what it did would not be known, and nobody could lead until the lease expired.
    const call = { timeoutMs: this.#requestMs, unfenced: true, urgent: true };
    const seen = this.#seen;
    if (seen === undefined) {
      const metadata = { namespace: this.#key.namespace, name: this.#key.name };
      this.#hasAsked = true;
      return await client.create(LeaseResource, { metadata, spec: this.#spec(undefined) }, call);
    }
    const holder = seen.lease.spec?.holderIdentity ?? '';
    if (holder !== '' && !this.#isOurs(seen.lease) && clock.monotonic() < seen.at + this.#promised(seen.lease))
      return undefined;
    this.#hasAsked = true;
    return await client.update(LeaseResource, { ...seen.lease, spec: this.#spec(seen.lease) }, call);
  }

  async #look(signal: AbortSignal): Promise<void> {
    const { client } = this.#options;
    const found = await client
      .find(LeaseResource, this.#key, { signal, timeoutMs: this.#requestMs, urgent: true })
      .catch((error: unknown) => {
        this.#log.warn({ err: error }, 'the lease could not be read');
        return this.#seen?.lease;
      });
    if (found === undefined) this.#seen = undefined;
    else this.#observe(found);
  }

  #observe(lease: Lease): void {
    const record = JSON.stringify(lease.spec);
    if (this.#seen?.record === record) this.#seen = { ...this.#seen, lease };
    else this.#seen = { lease, record, at: this.#options.clock.monotonic() };
  }

  #renewed(sentAt: number): void {
    this.#renewedAt = sentAt;
    this.#cancelExpiry();
    const left = sentAt + this.#renewMs - this.#options.clock.monotonic();
    this.#cancelExpiry = this.#options.clock.after(left, () => {
      this.#lose(`the lease could not be renewed within ${this.#renewMs.toString()} ms`);
    });
  }

  #isOurs(lease: Lease): boolean {
    return lease.spec?.holderIdentity === this.#options.election.identity;
  }

  /** How long the holder may count on the lease: what it promised, or what we would, whichever is longer. */
  #promised(lease: Lease): number {
    return Math.max((lease.spec?.leaseDurationSeconds ?? 0) * 1000, this.#leaseMs);
  }

  #spec(before: Lease | undefined): NonNullable<Lease['spec']> {
    const now = microTime(this.#options.clock.now());
    const ours = before !== undefined && this.#isOurs(before);
    const transitions = before?.spec?.leaseTransitions ?? 0;
    return {
      holderIdentity: this.#options.election.identity,
      leaseDurationSeconds: Math.ceil(this.#leaseMs / 1000),
      acquireTime: ours ? (before.spec?.acquireTime ?? now) : now,
      renewTime: now,
      leaseTransitions: before === undefined || ours ? transitions : transitions + 1,
    };
  }
}
