import { setTimeout as pause } from 'node:timers/promises';
import { Secret } from '@tagservice/controller-runtime';
import { callsIn, countCalls } from '@tagservice/fault-proxy';
import { collectGarbage } from '../bed/garbage.ts';
import { undisturbed } from '../bed/machine.ts';
import { bundleOperator, startOperatorProcess, type OperatorProcess } from '../bed/operator-process.ts';
import type { World, WorldOptions } from '../bed/world.ts';
import { HarnessError } from '../errors.ts';
import type { Options } from '../options.ts';
import { randomFrom } from '../plans/generate.ts';
import { percentile } from '../plans/report.ts';
import { measureChanges, type Sample } from '../scale/changes.ts';
import { checkLine, isMet, listsOf, listText, mostOf, type Check } from '../scale/checks.ts';
import { compareSlowest, type Turn } from '../scale/compare.ts';
import { declareMember, membersOf, populate, untilReady, type Member } from '../scale/population.ts';
import type { Counts, Say } from './suite.ts';

const HOME = 'operator-home';
const FEW = 10;
const MANY = 1_000;
/** Of so many the changes are measured; every sixth of them is rolled out anew. */
const SAMPLE = 90;
const ROLLED_OUT = 6;
/** Room for a machine of two cores that runs the whole control plane as well. */
const MS_PER_SERVICE = 3_000;

/**
 * The API server holds the objects of a thousand TagServices in 1 GiB, and as usual would collect garbage every seven seconds, with more than a core for a
 * second: what comes then is slow for a reason that is not the operator's. It gets room, and collects a quarter as often; about 5 GiB.
 */
export const THOUSAND_WORLD: WorldOptions = { controlPlane: { GOGC: '400' } };

/** The operator as a process: with ten TagServices, and with a thousand. */
export async function thousandSuite(world: World, options: Options, say: Say): Promise<Counts> {
  const program = await bundleOperator();
  await world.makeNamespace(HOME);
  const checks: Check[] = [];
  const tell = (found: readonly Check[]): void => {
    checks.push(...found);
    for (const check of found) say(checkLine(check));
  };
  const few = membersOf(FEW, 'few');
  await populated(world, { program, members: few, say });
  tell(await few10(world, program, say));
  const many = membersOf(options.services ?? MANY, 'many');
  await populated(world, { program, members: many, say });
  tell(await atStart(world, { program, many, say }));
  tell(await atWork(world, { program, many, say }));
  const failed = checks.filter((check) => !isMet(check)).length;
  return { passed: checks.length - failed, failed };
}

type Scale = { readonly program: string; readonly many: readonly Member[]; readonly say: Say };
type Populating = { readonly program: string; readonly members: readonly Member[]; readonly say: Say };

/** Nothing of it is measured. */
async function populated(world: World, { program, members, say }: Populating): Promise<void> {
  const begun = performance.now();
  const populating = (): Promise<void> =>
    withOperator(world, program, async (operator) => {
      const tell = (ready: number): void => {
        const seconds = ((performance.now() - begun) / 1_000).toFixed(0);
        say(
          `${String(ready)} of ${String(members.length)} TagServices are ready after ${seconds} s (${operator.memory().resident.toFixed(0)} MiB)`,
        );
      };
      await populate(world, members, { limitMs: limitOf(members.length), tell, check: operator.check });
      tell(members.length);
    });
  await undisturbed(populating, {
    what: `the making of ${String(members.length)} TagServices`,
    say,
    onlyFailures: true,
  });
}

/** How long so many may take, in milliseconds. */
const limitOf = (services: number): number => 60_000 + services * MS_PER_SERVICE;

let starts = 0;

async function withOperator<T>(
  world: World,
  program: string,
  act: (operator: OperatorProcess, entrance: string) => Promise<T>,
): Promise<T> {
  const entrance = await world.proxy.open(`process.${String((starts += 1))}`);
  const { kubeconfig } = entrance;
  const operator = await startOperatorProcess({ program, kubeconfig, namespace: HOME, limitMs: 120_000 });
  try {
    return await act(operator, entrance.name);
  } finally {
    await operator.stop();
    await entrance.close();
  }
}

const STARTS = 5;

async function few10(world: World, program: string, say: Say): Promise<Check[]> {
  const readyMs: number[] = [];
  const start = (): Promise<number> => withOperator(world, program, (operator) => Promise.resolve(operator.readyMs));
  while (readyMs.length < STARTS) readyMs.push(await undisturbed(start, { what: 'a start', say }));
  return withOperator(world, program, async (operator) => {
    await pause(20_000);
    return [
      {
        what: `process ready with ${String(FEW)} TagServices, median of ${String(STARTS)}`,
        value: percentile(readyMs, 0.5) ?? Number.NaN,
        limit: 1_500,
        unit: 'ms',
      },
      memoryCheck(operator, `${String(FEW)} TagServices at rest`, { limit: 120, say }),
    ];
  });
}

function memoryCheck(operator: OperatorProcess, load: string, { limit, say }: { limit: number; say: Say }): Check {
  const { resident, own } = operator.memory();
  say(`with ${load} the process holds ${own.toFixed(0)} MiB beside the pages of its files`);
  return { what: `memory with ${load}`, value: resident, limit, unit: 'MiB' };
}

/** A process that finds a thousand as they should be. */
async function atStart(world: World, { program, many, say }: Scale): Promise<Check[]> {
  const count = String(many.length);
  const starting = (): Promise<Check[]> =>
    withOperator(world, program, async (operator, entrance) => {
      const lists = listsOf(callsIn(world.proxy.history, { entrance }));
      say(`lists: ${listText(lists)}`);
      await operator.lookedAt(FEW + many.length, limitOf(many.length));
      const writes = callsIn(world.proxy.history, { entrance, writes: true, without: ['leases'] });
      if (writes.length > 0) say(`written at the first look:\n${countCalls(writes)}`);
      return [
        { what: `caches ready with ${count} TagServices`, value: operator.readyMs, limit: 30_000, unit: 'ms' },
        { what: 'most lists of one kind', value: mostOf(lists), limit: 1, unit: 'lists' },
        { what: 'writes of a process that found all as it should be', value: writes.length, limit: 0, unit: 'writes' },
      ];
    });
  return undisturbed(starting, { what: `a start with ${count} TagServices`, say });
}

/** A process that has looked at a thousand: what a change takes, alone and beside one that fails. */
async function atWork(world: World, { program, many, say }: Scale): Promise<Check[]> {
  const [victim, ...others] = many.filter((_, index) => index % Math.max(1, Math.floor(many.length / SAMPLE)) === 0);
  if (victim === undefined) throw new HarnessError('There is no TagService to measure with.');
  forgetThePast(world, many);
  const turns: Turn[] = [];
  const working = (): Promise<Check> =>
    withOperator(world, program, async (operator) => {
      await operator.lookedAt(FEW + many.length, limitOf(many.length));
      const sample: Sample = {
        rollouts: others.filter((_, index) => index % ROLLED_OUT === 0),
        limits: others.filter((_, index) => index % ROLLED_OUT > 0),
        check: operator.check,
      };
      await warmUp(world, sample, say);
      await inTurns(world, { turns, victim, sample, say });
      return memoryCheck(operator, `${String(many.length)} TagServices`, { limit: 300, say });
    });
  // An operator that loses its lease since the machine stood still is started again, and goes on with the turns that are left.
  const memory = await undisturbed(working, { what: 'the turn under way', say, onlyFailures: true });
  return [...changeChecks(turns, say), memory];
}

/** What the suite remembers of a thousand that were made is most of a GiB, and its garbage collection would be measured as the operator's slowness. */
function forgetThePast(world: World, members: readonly Member[]): void {
  world.proxy.clearHistory();
  for (const namespace of new Set(members.map((member) => member.namespace))) world.observer.forget(namespace);
}

const WARM_UP = 5;

/** The code that a change needs is compiled by the first ones of a process. */
async function warmUp(world: World, { rollouts, limits, check }: Sample, say: Say): Promise<void> {
  const few = { rollouts: rollouts.slice(0, WARM_UP), limits: limits.slice(0, WARM_UP), check };
  const first = await measureChanges(world, few, 0);
  say(`the first changes of the process took ${first.map((ms) => `${ms.toFixed(0)} ms`).join(', ')}`);
}

const TURNS = 30;

type Turning = { readonly turns: Turn[]; readonly victim: Member; readonly sample: Sample; readonly say: Say };

/** Without and beside a poisoned one in turns, now the one first and now the other, since a busy machine changes its pace meanwhile. */
async function inTurns(world: World, { turns, victim, sample, say }: Turning): Promise<void> {
  await untilReady(world, victim, sample.check);
  let round = 0;
  const alone = (): Promise<readonly number[]> => {
    world.proxy.clearHistory();
    collectGarbage();
    return measureChanges(world, sample, (round += 1));
  };
  const poisoned = async (): Promise<readonly number[]> => {
    const beside = await besidePoison(world, victim, alone);
    await untilReady(world, victim, sample.check);
    return beside;
  };
  const turn = async (): Promise<Turn> => {
    if (turns.length % 2 === 0) return { without: await alone(), beside: await poisoned() };
    return { beside: await poisoned(), without: await alone() };
  };
  while (turns.length < TURNS) {
    const what = `turn ${String(turns.length + 1)} of ${String(TURNS)}`;
    const { without, beside } = await undisturbed(turn, { what, say });
    turns.push({ without, beside });
    say(`${what}: ${spread(without)}; beside a poisoned one: ${spread(beside)}`);
  }
}

function changeChecks(turns: readonly Turn[], say: Say): Check[] {
  const without = turns.flatMap((turn) => turn.without);
  const beside = turns.flatMap((turn) => turn.beside);
  say(`changes: ${spread(without)}; beside a poisoned one: ${spread(beside)}`);
  const { ratio, low, high } = compareSlowest(turns, randomFrom(1));
  const percent = (value: number): string => `${(100 * value).toFixed(0)} %`;
  say(
    `p99 beside a poisoned one: ${percent(ratio)} of without, with 95 % certainty ${percent(low)} to ${percent(high)}`,
  );
  return [
    { what: 'p99 from a change to its status', value: slowest(without), limit: 1_000, unit: 'ms' },
    {
      what: 'p99 of the others beside a poisoned one, in percent of without',
      value: 100 * ratio,
      limit: 110,
      unit: '%',
    },
  ];
}

const slowest = (times: readonly number[]): number => percentile(times, 0.99) ?? Number.NaN;

function spread(times: readonly number[]): string {
  const at = (share: number): string => (percentile(times, share) ?? Number.NaN).toFixed(0);
  return `${String(times.length)}, p50 ${at(0.5)}, p90 ${at(0.9)}, p99 ${at(0.99)}, max ${at(1)} ms`;
}

/** Breaks one meanwhile so that every reconcile of it fails: a password is gone, and nothing that belongs to it can be written. */
async function besidePoison<T>(world: World, victim: Member, act: () => Promise<T>): Promise<T> {
  const where = { namespace: victim.namespace, name: `${victim.name}-redis-auth` };
  const { data: { password = '' } = {} } = await world.client.get(Secret, where);
  const rule = world.proxy.faults.add({
    match: {
      namespace: victim.namespace,
      name: new RegExp(`^${victim.name}(-|$)`),
      verb: ['apply', 'patch', 'create', 'update'],
    },
    fault: { kind: 'answer', code: 500 },
  });
  try {
    await world.client.patch(Secret, where, { patch: { data: { password: null } }, fieldManager: 'kubectl' });
    await declareMember(world, victim, { api: { deadline: '2s' } });
    await rule.used(FAILED_WRITES);
    return await act();
  } finally {
    rule.remove();
    // A password that is lost is never made anew: that would lock the data away.
    await world.client.patch(Secret, where, { patch: { data: { password } }, fieldManager: 'kubectl' });
    await declareMember(world, victim);
  }
}

/** From then on it is in the middle of its back-off. */
const FAILED_WRITES = 5;
