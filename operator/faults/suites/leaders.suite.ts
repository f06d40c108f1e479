import { Lease } from '@tagservice/controller-runtime';
import type { HistoryEntry } from '@tagservice/fault-proxy';
import { startInstance, type Instance } from '../bed/instance.ts';
import { until } from '../bed/until.ts';
import type { World } from '../bed/world.ts';
import type { Options } from '../options.ts';
import { requestLine } from '../plans/execute.ts';
import { baseSpec, declare } from '../runs/runs.ts';
import { isWrite, Stage } from '../runs/stage.ts';
import type { Counts, Say } from './suite.ts';

const NAMESPACE = 'two-operators-end';
const LEASE = 'tagservice-operator';

type Contender = { readonly instance: Instance; readonly lost: { reason?: string } };

/** Two operators share one namespace; the leader is cut off from the API server, and comes back. */
export async function leadersSuite(world: World, _options: Options, say: Say): Promise<Counts> {
  const stage = new Stage(world, NAMESPACE);
  await world.makeNamespace(NAMESPACE);
  const first = await contend(world, 'first');
  await first.instance.operator.manager.whenLeading();
  const second = await contend(world, 'second');
  try {
    await declare(stage, baseSpec(stage));
    await stage.ready();
    first.instance.entrance.partition();
    const cutOff = Date.now();
    await second.instance.operator.manager.whenLeading();
    const taken = Date.now();
    say(`the lease changed hands ${((taken - cutOff) / 1_000).toFixed(1)} s after the leader was cut off`);
    await declare(stage, { ...baseSpec(stage), api: { deadline: '3s' } });
    await stage.ready();
    first.instance.entrance.heal();
    await declare(stage, { ...baseSpec(stage), api: { deadline: '2s' } });
    await stage.ready();
    return verdict([...check(world, { first, second, taken }), ...(await holder(world))], say);
  } finally {
    await first.instance.stop();
    await second.instance.stop();
  }
}

async function contend(world: World, name: string): Promise<Contender> {
  const lost: { reason?: string } = {};
  const leaderElection = { namespace: NAMESPACE, name: LEASE, identity: name };
  const entrance = await world.proxy.open(`${NAMESPACE}.${name}`);
  const onLost = (reason: string): void => {
    lost.reason = reason;
  };
  const instance = startInstance({ entrance, namespace: NAMESPACE, more: { leaderElection, onLost } });
  await until(() => instance.operator.manager.health().synced, { what: `caches of ${name}`, limitMs: 30_000 });
  return { instance, lost };
}

type Found = { readonly first: Contender; readonly second: Contender; readonly taken: number };

function check({ proxy }: World, { first, second, taken }: Found): string[] {
  const of = ({ instance }: Contender): HistoryEntry[] =>
    proxy.history.filter((entry) => entry.entrance === instance.entrance.name && isWrite(entry));
  // What reached the API server counts, whenever it was sent.
  const late = of(first).filter(({ at, sent, ended }) => sent > 0 && Math.max(at, ended ?? at) > taken);
  const early = of(second).filter(({ at }) => at < taken - 1_000);
  return [
    ...late.map((entry) => `the former leader wrote after its lease: ${requestLine(entry)}`),
    ...early.map((entry) => `the second operator wrote before it led: ${requestLine(entry)}`),
    ...(first.lost.reason === undefined ? ['the former leader was not told that it lost the lease'] : []),
    ...(of(second).length === 0 ? ['the second operator wrote nothing although there was something to do'] : []),
  ];
}

async function holder({ client }: World): Promise<string[]> {
  const lease = await client.get(Lease, { namespace: NAMESPACE, name: LEASE });
  const { holderIdentity = 'nobody' } = lease.spec ?? {};
  return holderIdentity === 'second' ? [] : [`the lease is held by ${holderIdentity}`];
}

function verdict(problems: readonly string[], say: Say): Counts {
  for (const problem of problems) say(`FAILED ${problem}`);
  return { passed: problems.length === 0 ? 1 : 0, failed: problems.length };
}
