import { setTimeout as pause } from 'node:timers/promises';
import { newJobId } from '@tagservice/contracts';
import { StoreUnavailable } from '../../src/errors.ts';
import type { TagStore } from '../../src/port.ts';
import { redisTagStore } from '../../src/redis/redis-tag-store.ts';
import { someUrl } from '../../src/tag-store.samples.ts';
import { eventually, HistoryCluster, type Member } from './cluster.ts';
import { SeededRandom } from '@tagservice/testbed';
import type { History, Trouble } from './record.ts';
import { newWorkload, readFinal, runClient, type Workload } from './workload.ts';

/** What to run. */
export interface RunOptions {
  /** Decides what the clients do and how long a fault lasts; not how the processes take turns. */
  readonly seed: number;
  /** One after the other, each with a failover. */
  readonly faults: readonly Trouble['fault'][];
  readonly clients?: number;
  /** Between two faults, in milliseconds. Default 400. */
  readonly calmMs?: number;
  /** Told of each step. */
  readonly tell?: (line: string) => void;
}

const connect = (port: number): TagStore =>
  redisTagStore({
    url: `redis://127.0.0.1:${String(port)}`,
    acknowledgingReplicas: 1,
    waitTimeoutMs: 200,
    commandTimeoutMs: 400,
  });

/** Lets clients work on real servers while one primary after the other is lost, and records everything. */
export async function recordHistory(options: RunOptions): Promise<History> {
  const { seed, faults, clients: count = 12, calmMs = 400, tell = () => undefined } = options;
  const random = new SeededRandom(seed);
  const cluster = await HistoryCluster.start();
  const load = newWorkload(random, `run-${String(seed)}`);
  const stop = new AbortController();
  const stores = Array.from({ length: count }, () => connect(cluster.service.port));
  try {
    const clients = stores.map(async (store, n) => {
      await runClient(load, n, { store, signal: stop.signal });
    });
    const troubles: Trouble[] = [];
    const fence: string[] = [];
    for (const fault of faults) {
      await pause(calmMs);
      const trouble = await withFault(cluster, fault, { random, fence, allWell: async () => await settled(stores) });
      troubles.push(trouble);
      tell(
        `${fault}: epoch ${String(cluster.epoch)} after ${(trouble.to - trouble.from).toFixed(0)} ms, ${String(load.recorder.calls.length)} calls`,
      );
    }
    await pause(calmMs);
    stop.abort();
    await Promise.all(clients);
    return { calls: load.recorder.calls, troubles, fence, given: load.given, final: await finalState(load, cluster) };
  } finally {
    stop.abort();
    await Promise.all(stores.map(async (store) => await store.close()));
    await cluster.stop();
  }
}

interface FaultOptions {
  readonly random: SeededRandom;
  readonly fence: string[];
  readonly allWell: () => Promise<void>;
}

/** One fault, the failover, and the return of the old primary as a copy. */
async function withFault(cluster: HistoryCluster, fault: Trouble['fault'], options: FaultOptions): Promise<Trouble> {
  const { random, fence, allWell } = options;
  const from = performance.now();
  const old = cluster.primary;
  await strike(old, fault);
  await pause(random.below(400));
  await cluster.failOver();
  await pause(random.below(600));
  await release(old, fault);
  // Nobody has told the old primary yet: this is the moment in which only the epoch protects.
  if (fault !== 'kill') fence.push(...(await askReplaced(old, cluster.epoch)));
  await cluster.mend();
  await allWell();
  return { fault, from, to: performance.now() };
}

async function strike({ redis, peers }: Member, fault: Trouble['fault']): Promise<void> {
  if (fault === 'kill') await redis.kill();
  else if (fault === 'freeze') await redis.pause();
  else peers.cut();
}

async function release({ redis, peers }: Member, fault: Trouble['fault']): Promise<void> {
  if (fault === 'kill') await redis.restart();
  else if (fault === 'freeze') redis.resume();
  else peers.heal();
}

/** Writes of the new epoch, sent straight to the primary that was replaced. */
async function askReplaced({ redis }: Member, epoch: number): Promise<string[]> {
  const store = connect(redis.port);
  try {
    const writes = Array.from({ length: 5 }, async () => {
      const target = someUrl();
      const job = { ...target, jobId: newJobId(target.urlHash), acceptedAt: new Date().toISOString() };
      const applied = await store.fail(job, { code: 'FETCH_DNS', detail: '' }, { epoch });
      return applied.kind;
    });
    const answers = await Promise.allSettled(writes);
    return answers.map((answer) => {
      if (answer.status === 'fulfilled') return answer.value;
      return answer.reason instanceof StoreUnavailable ? 'refused' : String(answer.reason);
    });
  } finally {
    await store.close();
  }
}

/** Waits until every client reaches the primary of now with reads and durable writes. */
async function settled(stores: readonly TagStore[]): Promise<void> {
  await Promise.all(
    stores.map(async (store) => {
      await eventually(async () => {
        const target = someUrl();
        const job = { ...target, jobId: newJobId(target.urlHash), acceptedAt: new Date().toISOString() };
        const { kind } = await store.fail(job, { code: 'FETCH_DNS', detail: '' });
        return kind === 'applied' && (await store.readJob(job.jobId)) !== undefined;
      }, 'A client does not find the new primary');
    }),
  );
}

async function finalState(load: Workload, cluster: HistoryCluster): Promise<History['final']> {
  const store = connect(cluster.primary.redis.port);
  try {
    await eventually(async () => {
      const step = await store.repairStep({ holder: 'checker', leaseMs: 1000, limit: 1000 });
      return step.kind === 'stepped' && step.done;
    }, 'The repair does not come to an end');
    return await readFinal(load, store);
  } finally {
    await store.close();
  }
}
