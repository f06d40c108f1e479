import { setTimeout as after } from 'node:timers/promises';
import { redisTagStore } from '@tagservice/tag-store';
import type { TagStore } from '@tagservice/tag-store';
import type { PageTags } from '@tagservice/contracts';
import { SeededRandom } from '@tagservice/testbed';
import { Callers } from './callers.ts';
import { indexFaults, recordsOf } from './effects.ts';
import { Ledger } from './ledger.ts';
import { startProcesses } from './processes.ts';
import type { Killable, ServiceProcesses } from './processes.ts';
import { startNumberedSite } from './site.ts';
import type { NumberedSite } from './site.ts';

export interface KillsOptions {
  /** Pages to be tagged. */
  readonly jobs: number;
  readonly kills: number;
  readonly seed: number;
  readonly tell: (line: string) => void;
}

/** What became of what was promised. */
export interface KillsReport {
  readonly jobs: number;
  readonly seconds: number;
  /** How often each process was killed. */
  readonly killed: Readonly<Record<string, number>>;
  /** How often a process ended that nobody had killed. */
  readonly ownEnds: number;
  /** Promised jobs that did not end as done, or whose page has no record. */
  readonly lost: readonly string[];
  /** Records of another job than the one that was promised, URLs that are twice in the index or wrongly there. */
  readonly wrong: readonly string[];
  /** Answers that nobody should get. */
  readonly surprises: readonly string[];
  /** Calls that were refused or cut off, and made again. */
  readonly repeats: number;
  /** How often pages were fetched; one each, one more for those that asked to come again, and what kills had undone. */
  readonly fetches: number;
}

/** Jobs under way at the same time: enough to keep all workers busy. */
const UNDER_WAY = 1_000;
/** The index follows the records within a look through everything, which a worker that was killed at it holds up until its lease ends. */
const INDEX_LIMIT_MS = 120_000;

/** Has pages tagged through the API while its processes, and those it stands on, are killed in turn. */
export async function runKills(options: KillsOptions): Promise<KillsReport> {
  const began = performance.now();
  const [site, processes] = await Promise.all([startNumberedSite(), startProcesses()]);
  const store = redisTagStore({ url: processes.redisUrl });
  const following = new AbortController();
  try {
    const ledger = new Ledger(store, UNDER_WAY);
    const followed = ledger.follow(following.signal);
    const callers = new Callers({
      apis: processes.apis,
      pages: options.jobs,
      addressOf: site.addressOf,
      room: () => ledger.room(),
      accepted: (page, jobId) => {
        ledger.accept(page, jobId);
      },
    });
    const [killed] = await Promise.all([killInTurn(options, processes.killables, ledger), callers.run()]);
    await ledger.ends();
    following.abort();
    await followed;
    const effects = await effectsOf({ store, site, ledger }, options);
    const { repeats, surprises } = callers;
    const seconds = (performance.now() - began) / 1000;
    return { ...reportOf(options, processes, site), ...{ killed, repeats, surprises, seconds }, ...effects };
  } finally {
    following.abort();
    await store.close();
    await processes.stop();
    site.close();
  }
}

const reportOf = ({ jobs }: KillsOptions, { ownEnds }: ServiceProcesses, { fetches }: NumberedSite) => ({
  jobs,
  ownEnds: ownEnds(),
  fetches: fetches(),
});

/** Kills one process after the other, in an order and at times that the seed decides, while jobs end. */
async function killInTurn(
  { jobs, kills, seed, tell }: KillsOptions,
  killables: readonly Killable[],
  ledger: Ledger,
): Promise<Readonly<Record<string, number>>> {
  const random = new SeededRandom(seed);
  const killed: Record<string, number> = Object.fromEntries(killables.map(({ name }) => [name, 0]));
  let turn: Killable[] = [];
  for (let kill = 0; kill < kills; kill += 1) {
    if (turn.length === 0) turn = [...killables];
    const share = (kill + random.next()) / (kills + 1);
    if (!(await ledger.reaches(Math.floor(jobs * share)))) break;
    const [victim] = turn.splice(random.below(turn.length), 1);
    await victim?.killAndReplace();
    const name = victim?.name ?? '';
    killed[name] = (killed[name] ?? 0) + 1;
    tell(
      `${String(ledger.done.size)} of ${String(jobs)} done, ${String(ledger.open.length)} under way: killed ${name}`,
    );
  }
  return killed;
}

interface Evidence {
  readonly store: TagStore;
  readonly site: NumberedSite;
  readonly ledger: Ledger;
}

async function effectsOf({ store, site, ledger }: Evidence, { jobs, tell }: KillsOptions) {
  tell(
    `${String(ledger.promised)} promised, ${String(ledger.open.length)} without an end; looking at records and index`,
  );
  const urls = Array.from({ length: jobs }, (_, page) => site.addressOf(page));
  const records = await recordsOf(store, urls);
  const lost = [
    ...ledger.open.map(({ jobId }) => `${jobId} has not ended`),
    ...ledger.failed.map((jobId) => `${jobId} has failed`),
    ...urls.filter((_, page) => records[page] === undefined).map((url) => `${url} has no record`),
  ];
  const wrong = Array.from(ledger.done).flatMap(([page, jobId]) => {
    const by = records[page]?.jobId;
    return by === jobId ? [] : [`the record of page ${String(page)} is of ${String(by)} and not of ${jobId}`];
  });
  return {
    lost,
    wrong: [
      ...wrong,
      ...(await settledFaults(
        store,
        records.filter((record) => record !== undefined),
      )),
    ],
  };
}

/** The index is derived from the records: what a kill cut off there, a look through everything adds. */
async function settledFaults(store: TagStore, records: readonly PageTags[]): Promise<string[]> {
  const deadline = performance.now() + INDEX_LIMIT_MS;
  for (;;) {
    const faults = await indexFaults(store, records);
    if (faults.length === 0 || performance.now() > deadline) return faults;
    await store.repairStep({ holder: 'test', leaseMs: 1_000 });
    await after(250);
  }
}

/** The report as text, a line each. */
export function reportText({ killed, lost, wrong, surprises, ...numbers }: KillsReport): string {
  const { jobs, seconds, repeats, fetches, ownEnds } = numbers;
  const kills = Object.values(killed).reduce((sum, count) => sum + count, 0);
  const each = Object.entries(killed).map(([name, count]) => `${name} ${String(count)}`);
  return [
    `${String(jobs)} jobs in ${seconds.toFixed(0)} s, ${String(kills)} kills (${each.join(', ')}), ${String(ownEnds)} other ends of processes`,
    `${String(repeats)} calls made again, ${String(fetches)} fetches`,
    `${String(lost.length)} lost, ${String(wrong.length)} wrong effects, ${String(surprises.length)} unexpected answers`,
    ...[...lost, ...wrong, ...surprises].slice(0, 20).map((line) => `  ${line}`),
  ].join('\n');
}
