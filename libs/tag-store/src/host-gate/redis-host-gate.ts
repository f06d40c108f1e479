import { hostname } from 'node:os';
import { randomUUID } from 'node:crypto';
import { silentLogger } from '../log.ts';
import type { StoreLogger } from '../log.ts';
import { addressOf } from '../redis/client-options.ts';
import { PrimaryWatch } from '../redis/primary-watch.ts';
import { WakeSubscriber } from '../redis/wake-subscriber.ts';
import { RECHECK_MS } from './decider.ts';
import type { Decider, Decision, Place } from './decider.ts';
import { GateConnection } from './gate-connection.ts';
import type { HostGate, HostLimits, HostRefusal } from './port.ts';
import { QueuedGate } from './queued-gate.ts';

export interface RedisHostGateOptions {
  /** `redis://host:port[/db]`. */
  readonly url: string;
  readonly username?: string;
  readonly password?: string;
  readonly passwordFile?: string;
  readonly limits: HostLimits;
  readonly logger?: StoreLogger;
  /** Longest time of one command, in milliseconds. Default 1000. */
  readonly commandTimeoutMs?: number;
}

/**
 * A gate for all processes on one Redis. Nothing in it is worth keeping: a failover that loses it costs a few impolite requests. A process
 * that is killed loses its places when their leases end.
 */
export function redisHostGate(options: RedisHostGateOptions): HostGate {
  const instance = `${hostname().replaceAll('/', '')}-${randomUUID()}`;
  return new QueuedGate({ decider: new RedisDecider(options, instance), limits: options.limits, instance });
}

const reasons: readonly HostRefusal['reason'][] = ['busy', 'resting', 'broken'];

class RedisDecider implements Decider {
  private readonly connection: GateConnection;
  private readonly subscriber: WakeSubscriber;
  private readonly limits: string;
  private readonly instance: string;

  constructor(options: RedisHostGateOptions, instance: string) {
    const { limits, logger = silentLogger, commandTimeoutMs: timeoutMs = 1_000 } = options;
    const endpoint = { ...options, address: addressOf(options.url), logger };
    this.connection = new GateConnection(endpoint, timeoutMs);
    // A watch of its own: a wake-up that is lost with a primary is made up for by looking again.
    this.subscriber = new WakeSubscriber({ ...endpoint, primary: new PrimaryWatch() });
    const { breaker, ...rest } = limits;
    this.limits = JSON.stringify({ ...rest, ...breaker });
    this.instance = instance;
  }

  enter: Decider['enter'] = async (place, patienceMs) =>
    decisionOf(await this.run(place, 'enter', [String(patienceMs)]));

  giveUp: Decider['giveUp'] = async (place) => {
    await this.run(place, 'giveUp', []);
  };

  leave: Decider['leave'] = async (place, outcome, random) => {
    const ms = outcome.kind === 'rest' ? outcome.ms : 0;
    await this.run(place, 'leave', [outcome.kind, String(ms), String(random)]);
  };

  onWake: Decider['onWake'] = async (wake) => {
    await this.subscriber.listen(`gate:${this.instance}`, wake);
  };

  close: Decider['close'] = () => {
    this.subscriber.close();
    this.connection.close();
    return Promise.resolve();
  };

  private run({ host, token }: Place, op: 'enter' | 'leave' | 'giveUp', args: readonly string[]): Promise<unknown> {
    const keys = ['leases', 'line', 'patience', 'state'].map((part) => `host:{${host}}:${part}`);
    return this.connection.run(keys, [op, token, this.limits, ...args]);
  }
}

function decisionOf(reply: unknown): Decision {
  const [kind, first, second] = (Array.isArray(reply) ? reply : []) as readonly unknown[];
  if (kind === 'go') return { kind, delayMs: Number(first) };
  if (kind !== 'no') return { kind: 'wait', recheckMs: Number(first ?? RECHECK_MS) };
  const reason = reasons.find((one) => one === first) ?? 'busy';
  return { kind, refusal: { ok: false, reason, retryAfterMs: Number(second) } };
}
