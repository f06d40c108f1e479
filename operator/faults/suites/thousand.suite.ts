import { Secret } from '@tagservice/controller-runtime';
import { callsIn, countCalls } from '@tagservice/fault-proxy';
import { bundleOperator, startOperatorProcess, type OperatorProcess } from '../bed/operator-process.ts';
import type { World } from '../bed/world.ts';
import { HarnessError } from '../errors.ts';
import type { Options } from '../options.ts';
import { percentile } from '../plans/report.ts';
import { measureChanges, type Sample } from '../scale/changes.ts';
import { checkLine, isMet, listsOf, mostOf, type Check } from '../scale/checks.ts';
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
  await withOperator(world, program, (operator) => populated(world, { members: few, operator, say }));
  tell(await few10(world, program, say));
  const many = membersOf(options.services ?? MANY, 'many');
  await withOperator(world, program, (operator) => populated(world, { members: many, operator, say }));
  tell(await atScale(world, { program, many, say }));
  const failed = checks.filter((check) => !isMet(check)).length;
  return { passed: checks.length - failed, failed };
}

type Populating = { readonly members: readonly Member[]; readonly operator: OperatorProcess; readonly say: Say };

async function populated(world: World, { members, operator, say }: Populating): Promise<void> {
  const begun = performance.now();
  const tell = (ready: number): void => {
    const seconds = ((performance.now() - begun) / 1_000).toFixed(0);
    say(
      `${String(ready)} of ${String(members.length)} TagServices are ready after ${seconds} s (${operator.memory().resident.toFixed(0)} MiB)`,
    );
  };
  await populate(world, members, { limitMs: 60_000 + members.length * MS_PER_SERVICE, tell, check: operator.check });
  tell(members.length);
}

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
  const starts: number[] = [];
  for (let start = 1; start < STARTS; start += 1)
    await withOperator(world, program, ({ readyMs }) => Promise.resolve(starts.push(readyMs)));
  return withOperator(world, program, async (operator) => {
    await pause(20_000);
    const readyMs = percentile([...starts, operator.readyMs], 0.5) ?? Number.NaN;
    return [
      {
        what: `process ready with ${String(FEW)} TagServices, median of ${String(STARTS)}`,
        value: readyMs,
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

type AtScale = { readonly program: string; readonly many: readonly Member[]; readonly say: Say };

async function atScale(world: World, { program, many, say }: AtScale): Promise<Check[]> {
  return withOperator(world, program, async (operator, entrance) => {
    const count = String(many.length);
    const lists = listsOf(callsIn(world.proxy.history, { entrance }));
    const start: Check[] = [
      { what: `caches ready with ${count} TagServices`, value: operator.readyMs, limit: 30_000, unit: 'ms' },
      { what: 'most lists of one kind', value: mostOf(lists), limit: 1, unit: 'lists' },
    ];
    const [victim, ...others] = many.filter((_, index) => index % Math.max(1, Math.floor(many.length / SAMPLE)) === 0);
    if (victim === undefined) throw new HarnessError('There is no TagService to measure with.');
    const sample: Sample = {
      rollouts: others.filter((_, index) => index % ROLLED_OUT === 0),
      limits: others.filter((_, index) => index % ROLLED_OUT > 0),
      check: operator.check,
    };
    // The first look at all of them comes first.
    await operator.lookedAt(FEW + many.length, 60_000 + many.length * MS_PER_SERVICE);
    const writes = callsIn(world.proxy.history, { entrance, writes: true, without: ['leases'] });
    if (writes.length > 0) say(`written at the first look:\n${countCalls(writes)}`);
    // The code that a change needs is compiled by the first ones of a process.
    const few = {
      rollouts: sample.rollouts.slice(0, WARM_UP),
      limits: sample.limits.slice(0, WARM_UP),
      check: operator.check,
    };
    const first = await measureChanges(world, few, 0);
    say(`the first changes of the process took ${first.map((ms) => `${ms.toFixed(0)} ms`).join(', ')}`);
    const { without, beside } = await inTurns(world, { victim, sample, say });
    return [
      ...start,
      { what: 'writes of a process that found all as it should be', value: writes.length, limit: 0, unit: 'writes' },
      { what: 'p99 from a change to its status', value: without, limit: 1_000, unit: 'ms' },
      {
        what: 'p99 of the others beside a poisoned one, in percent of without',
        value: (100 * beside) / without,
        limit: 110,
        unit: '%',
      },
      memoryCheck(operator, `${count} TagServices`, { limit: 300, say }),
    ];
  });
}

const WARM_UP = 5;
const TURNS = 10;

/** The slowest hundredth of changes (milliseconds) without and beside a poisoned one: in turns, since a busy machine changes its pace meanwhile. */
async function inTurns(
  world: World,
  { victim, sample, say }: { victim: Member; sample: Sample; say: Say },
): Promise<{ without: number; beside: number }> {
  const without: number[] = [];
  const beside: number[] = [];
  for (let turn = 0; turn < TURNS; turn += 1) {
    without.push(...(await measureChanges(world, sample, 2 * turn + 1)));
    const cure = await poison(world, victim, sample.check);
    beside.push(...(await measureChanges(world, sample, 2 * turn + 2)));
    await cure();
  }
  say(`changes: ${spread(without)}; beside a poisoned one: ${spread(beside)}`);
  return { without: percentile(without, 0.99) ?? Number.NaN, beside: percentile(beside, 0.99) ?? Number.NaN };
}

function spread(times: readonly number[]): string {
  const at = (share: number): string => (percentile(times, share) ?? Number.NaN).toFixed(0);
  return `${String(times.length)}, p50 ${at(0.5)}, p90 ${at(0.9)}, p99 ${at(0.99)}, max ${at(1)} ms`;
}

/** Breaks one so that every reconcile of it fails: a password is gone, and nothing that belongs to it can be written. Answers the cure. */
async function poison(world: World, victim: Member, check: () => void): Promise<() => Promise<void>> {
  const where = { namespace: victim.namespace, name: `${victim.name}-redis-auth` };
  const { data: { password = '' } = {} } = await world.client.get(Secret, where);
  await world.client.patch(Secret, where, { patch: { data: { password: null } }, fieldManager: 'kubectl' });
  const rule = world.proxy.faults.add({
    match: {
      namespace: victim.namespace,
      name: new RegExp(`^${victim.name}(-|$)`),
      verb: ['apply', 'patch', 'create', 'update'],
    },
    fault: { kind: 'answer', code: 500 },
  });
  await declareMember(world, victim, { api: { deadline: '2s' } });
  await rule.used(FAILED_WRITES);
  return async () => {
    rule.remove();
    // A password that is lost is never made anew: that would lock the data away.
    await world.client.patch(Secret, where, { patch: { data: { password } }, fieldManager: 'kubectl' });
    await declareMember(world, victim);
    await untilReady(world, victim, check);
  };
}

/** From then on it is in the middle of its back-off. */
const FAILED_WRITES = 5;

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));
