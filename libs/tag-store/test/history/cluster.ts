import { setTimeout as pause } from 'node:timers/promises';
import { startRedis, startTcpProxy, TestbedFailure, type RedisNode, type TcpProxy } from '@tagservice/testbed';

/** A server, and the proxy through which the others copy it. */
export interface Member {
  readonly redis: RedisNode;
  readonly peers: TcpProxy;
}

/** Nobody listens there: who copies from it has lost its primary and keeps what it has. */
const deadPort = 1;
const limitMs = 15_000;

/**
 * One primary and two copies that both vote (N = 2); a durable write waits for one of them (W = 1), so a promotion needs both (R = 2):
 * R + W > N. Clients reach the primary at one address, as by a Service. This plays the elector: fence, count, promote, write the epoch,
 * publish.
 */
export class HistoryCluster {
  readonly service: TcpProxy;
  readonly #members: readonly Member[];
  #primary: Member;
  #epoch = 0;

  private constructor(members: readonly Member[], primary: Member, service: TcpProxy) {
    this.#members = members;
    this.#primary = primary;
    this.service = service;
  }

  /** Starts three servers. About a second. */
  static async start(): Promise<HistoryCluster> {
    const config = {
      'min-replicas-to-write': 1,
      'min-replicas-max-lag': 2,
      'repl-ping-replica-period': 1,
      'repl-timeout': 5,
    };
    const members = await Promise.all(
      Array.from({ length: 3 }, async () => {
        const redis = await startRedis({ config });
        return { redis, peers: await startTcpProxy(redis.port) };
      }),
    );
    const [primary] = members;
    if (primary === undefined) throw new TestbedFailure('There are no servers.');
    const cluster = new HistoryCluster(members, primary, await startTcpProxy(primary.redis.port));
    await cluster.#follow();
    await cluster.#reign();
    return cluster;
  }

  get primary(): Member {
    return this.#primary;
  }

  get epoch(): number {
    return this.#epoch;
  }

  /** Makes the copy that has most the primary of a new epoch. The old one may be dead, frozen or cut off; it is not asked. */
  async failOver(): Promise<void> {
    const voters = this.#members.filter((member) => member !== this.#primary);
    for (const { redis } of voters) await redis.command(`REPLICAOF 127.0.0.1 ${String(deadPort)}`);
    const offsets = await Promise.all(voters.map(async ({ redis }) => await offsetOf(redis)));
    const best = voters[offsets.indexOf(Math.max(...offsets))];
    if (best === undefined) throw new TestbedFailure('There is nobody to promote.');
    await best.redis.command('REPLICAOF NO ONE');
    this.#primary = best;
    for (const { redis } of voters)
      if (redis !== best.redis) await redis.command(`REPLICAOF 127.0.0.1 ${String(best.peers.port)}`);
    await this.#reign();
    this.service.lead(best.redis.port);
  }

  /** Makes everybody who is not the primary a copy of it, and waits until all are. */
  async mend(): Promise<void> {
    await this.#follow();
  }

  async stop(): Promise<void> {
    await this.service.stop();
    for (const { redis, peers } of this.#members) {
      await peers.stop();
      await redis.stop();
    }
  }

  /** The first write of a reign: only a primary that can make it durable is shown to clients. */
  async #reign(): Promise<void> {
    this.#epoch += 1;
    const epoch = String(this.#epoch);
    const { redis } = this.#primary;
    await eventually(async () => (await redis.command(`SET epoch ${epoch}`)) === 'OK', 'The epoch cannot be written');
    const copies = this.#members.filter((member) => member !== this.#primary);
    const holders = copies.map((copy) => async () => (await copy.redis.command('GET epoch')) === epoch);
    await Promise.any(holders.map(async (holds) => await eventually(holds, 'No copy has the epoch')));
  }

  async #follow(): Promise<void> {
    const { redis, peers } = this.#primary;
    for (const member of this.#members) {
      if (member !== this.#primary) await member.redis.command(`REPLICAOF 127.0.0.1 ${String(peers.port)}`);
    }
    await eventually(async () => (await copiesOf(redis)) >= this.#members.length - 1, 'The copies do not come');
  }
}

async function offsetOf(redis: RedisNode): Promise<number> {
  return Number(/slave_repl_offset:(\d+)/.exec(await redis.command('INFO replication'))?.[1] ?? -1);
}

/** Copies that are online and have confirmed within a second. */
async function copiesOf(redis: RedisNode): Promise<number> {
  const states = (await redis.command('INFO replication')).match(/state=online,offset=[1-9]\d*,lag=[01]\b/g);
  return states?.length ?? 0;
}

/** Tries until `attempt` resolves to true. @throws TestbedFailure */
export async function eventually(attempt: () => Promise<boolean>, complaint: string): Promise<void> {
  const deadline = Date.now() + limitMs;
  while (Date.now() < deadline) {
    if (await attempt().catch(() => false)) return;
    await pause(20);
  }
  throw new TestbedFailure(complaint);
}
