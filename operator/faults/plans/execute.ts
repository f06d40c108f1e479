import { setTimeout as sleep } from 'node:timers/promises';
import type { HistoryEntry } from '@tagservice/fault-proxy';
import type { World } from '../bed/world.ts';
import { judge } from '../oracle/judge.ts';
import type { Run } from '../runs/runs.ts';
import { isWrite, Stage } from '../runs/stage.ts';
import { arm } from './arm.ts';
import { converge, differencesNow } from './converge.ts';
import type { Plan } from './plan.ts';
import type { Reference } from './reference.ts';
import { writeKind, writeText } from './target.ts';

/** Why a plan failed, with all that is needed to understand it. */
export type Failure = {
  readonly reason: string;
  readonly details: readonly string[];
  readonly requests: readonly string[];
  readonly log: readonly string[];
};

export type PlanResult = {
  readonly plan: Plan;
  /** How often something went wrong as planned. */
  readonly hits: number;
  /** From the end of the last fault to the reference state; undefined when it was not reached. */
  readonly convergedMs?: number;
  /** Statuses that the oracle looked at. */
  readonly statuses: number;
  /** Requests in a minute at rest. */
  readonly requestsAtRest?: number;
  readonly failure?: Failure;
};

export type ExecuteOptions = {
  readonly plan: Plan;
  readonly run: Run;
  readonly reference: Reference;
  readonly namespace: string;
  /** How long it is watched at rest. */
  readonly restMs: number;
};

/** Far beyond the limit of the slowest hundredth: slow is told apart from never. */
const CONVERGE_LIMIT_MS = 90_000;
const MOST_REQUESTS_A_MINUTE = 6;

/** A plan that is through with its faults: `rest` ends with the result, a minute later. */
export type Played = { readonly rest: Promise<PlanResult> };

/** Plays a plan up to the state it reaches. What follows needs no more than time, so that other plans can be played meanwhile. */
export async function play(world: World, options: ExecuteOptions): Promise<Played> {
  const stage = new Stage(world, options.namespace);
  const progress: Progress = { hits: 0 };
  try {
    await untilRest(stage, options, progress);
  } catch (error) {
    const result = await conclude(stage, options, { ...progress, ...failed(stage, String(error)) });
    return { rest: Promise.resolve(result) };
  }
  if (progress.failure !== undefined) return { rest: Promise.resolve(await conclude(stage, options, progress)) };
  return { rest: atRest(stage, options, progress) };
}

type Progress = { hits: number; convergedMs?: number; requestsAtRest?: number; failure?: Failure };

async function untilRest(stage: Stage, { plan, run, reference }: ExecuteOptions, progress: Progress): Promise<void> {
  await stage.open();
  await run.prepare(stage);
  const fault = arm(stage, plan);
  try {
    await run.act(stage);
    await fault.over();
    const end = await converge(stage, { wanted: reference.state, limitMs: CONVERGE_LIMIT_MS });
    if (end.reached) {
      progress.convergedMs = Math.max(0, end.at - lastFaultOf(stage));
      // What it asks for to watch again belongs to the fault, also where the state was reached before.
      await stage.watchesAgain();
    } else Object.assign(progress, failed(stage, 'the reference state is not reached', end.differences));
  } finally {
    progress.hits = fault.hits();
    fault.disarm();
  }
}

/** The last moment at which anything went wrong: a restart, the end of a disturbance, or a request that had a fault. */
function lastFaultOf(stage: Stage): number {
  const faulty = stage.history().filter(({ faults }) => faults.length > 0);
  return Math.max(
    stage.lastFault,
    ...faulty.filter(({ verb }) => verb !== 'watch').map(({ ended, at }) => ended ?? at),
  );
}

async function atRest(stage: Stage, options: ExecuteOptions, progress: Progress): Promise<PlanResult> {
  const since = Date.now();
  await sleep(options.restMs);
  const requests = stage
    .requestsSince(since)
    .filter((entry) => entry.resource !== 'leases' && !isAfterword(entry, since));
  const writes = requests.filter(isWrite);
  progress.requestsAtRest = requests.length;
  const allowed = Math.max(1, (MOST_REQUESTS_A_MINUTE * options.restMs) / 60_000);
  if (writes.length > 0) Object.assign(progress, failed(stage, 'the operator writes at rest', writes.map(requestLine)));
  else if (requests.length > allowed)
    Object.assign(progress, failed(stage, 'the operator asks too much at rest', requests.map(requestLine)));
  else {
    const found = await differencesNow(stage, options.reference.state);
    if (found.length > 0) Object.assign(progress, failed(stage, 'the state did not stay', found));
  }
  return conclude(stage, options, progress);
}

/** Events are recorded beside the work: one after the other, and repetitions are counted up some seconds after the last of them. */
const AFTERWORD_MS = 30_000;

function isAfterword({ resource, at }: HistoryEntry, since: number): boolean {
  return resource === 'events' && at - since < AFTERWORD_MS;
}

async function conclude(stage: Stage, { plan }: ExecuteOptions, progress: Progress): Promise<PlanResult> {
  const verdict = judge(stage);
  const failure = progress.failure ?? oracleFailure(stage, verdict.violations);
  await stage.close().catch(() => undefined);
  const { hits, convergedMs, requestsAtRest } = progress;
  return {
    plan,
    hits,
    statuses: verdict.statuses,
    ...(convergedMs !== undefined && { convergedMs }),
    ...(requestsAtRest !== undefined && { requestsAtRest }),
    ...(failure !== undefined && { failure }),
  };
}

function oracleFailure(stage: Stage, violations: readonly string[]): Failure | undefined {
  if (violations.length === 0) return undefined;
  return failed(stage, 'a status breaks the rules', violations.slice(0, 20)).failure;
}

const LAST_REQUESTS = 30;

function failed(stage: Stage, reason: string, details: readonly string[] = []): { failure: Failure } {
  const history = stage.history().filter(({ verb }) => verb !== 'watch');
  return {
    failure: {
      reason,
      details,
      requests: history.slice(-LAST_REQUESTS).map(requestLine),
      log: stage.instances.at(-1)?.log.slice(-15) ?? [],
    },
  };
}

/** One request on a line. */
export function requestLine(entry: HistoryEntry): string {
  const time = new Date(entry.at).toISOString().slice(11, 23);
  const answer = entry.answered ?? entry.error ?? 'no answer';
  const fault = entry.fault === undefined ? '' : ` (${entry.fault.kind})`;
  return `${time} ${writeText(writeKind(entry))} ${String(answer)}${fault}${saidBy(entry)}`;
}

type StatusBody = { status?: { conditions?: { type: string; status: string; reason: string }[] } };

/** What a write of status says that is not well. */
function saidBy({ subresource, body }: HistoryEntry): string {
  const conditions = subresource === 'status' ? (body as StatusBody | undefined)?.status?.conditions : undefined;
  if (conditions === undefined) return '';
  const ready = conditions.find(({ type }) => type === 'Ready');
  const others = conditions.filter(({ type, status }) => status !== 'True' && type !== 'Ready');
  const words = others.map(({ type, reason }) => `${type}:${reason}`);
  return ` Ready=${ready?.status ?? '-'}${words.length === 0 ? '' : ` (${words.join(' ')})`}`;
}
