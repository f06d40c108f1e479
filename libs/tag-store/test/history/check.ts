import { isNewer } from '../../src/identity.ts';
import type { Call, CallKind, History, Trouble } from './record.ts';

/** What a history shows. Every list of findings is empty when the store has kept its promises. */
export interface Report {
  readonly operations: number;
  readonly acknowledged: number;
  readonly unknown: number;
  readonly refused: number;
  readonly failovers: number;
  /** Durable ends of jobs that were acknowledged. */
  readonly durable: number;
  readonly fenced: number;
  readonly violations: readonly string[];
  /** Acknowledged durable writes of which nothing is left. */
  readonly lost: number;
}

type CallOf<Kind extends CallKind> = Extract<Call, { kind: Kind }>;
type Ending = CallOf<'apply'> | CallOf<'fail'>;

/** A rule: what contradicts it, one sentence each. */
type Rule = (history: History) => string[];

/** The promises of the store; the list is the specification. */
const rules: readonly Rule[] = [
  everyAcknowledgedEndIsThere,
  everyJobEndsOnce,
  everyRecordWasGiven,
  noRecordIsOlderThanAnAcknowledgedOne,
  onlyOneIsGivenAClaim,
  attemptsGoUp,
  readsSeeWhatWasAcknowledged,
  epochsNeverGoBack,
  replacedPrimariesTakeNothing,
  postingsAreThoseOfTheRecords,
];

/** Holds a history against the promises. */
export function check(history: History): Report {
  const { calls, troubles, fence } = history;
  const count = (is: string): number => calls.filter(({ heard }) => heard.is === is).length;
  const lost = [...everyAcknowledgedEndIsThere(history), ...noRecordIsOlderThanAnAcknowledgedOne(history)];
  return {
    operations: calls.length,
    acknowledged: count('ok'),
    unknown: count('unknown'),
    refused: count('refused'),
    failovers: troubles.length,
    durable: calls.filter(isAcknowledgedEnd).length,
    fenced: fence.length,
    violations: rules.flatMap((rule) => rule(history)),
    lost: lost.length,
  };
}

/** The report as text, a line each. */
export function reportText(report: Report): string {
  const { violations, ...counts } = report;
  const lines = Object.entries(counts).map(([name, value]) => `${name.padEnd(13)} ${String(value)}`);
  return [
    ...lines,
    `violations    ${String(violations.length)}`,
    ...violations.slice(0, 20).map((one) => `  ${one}`),
  ].join('\n');
}

function isAcknowledgedEnd(call: Call): call is Ending {
  if ((call.kind !== 'apply' && call.kind !== 'fail') || call.heard.is !== 'ok') return false;
  return call.heard.value !== 'unknown' && call.heard.value !== 'stale-epoch';
}

/** Calls that made the end of their job, and know it. */
function isDecisiveEnd(call: Call): call is Ending {
  return isAcknowledgedEnd(call) && call.heard.is === 'ok' && call.heard.value !== 'duplicate';
}

function everyAcknowledgedEndIsThere({ calls, final }: History): string[] {
  return calls.filter(isAcknowledgedEnd).flatMap((call) => {
    const status = final.jobs.get(call.job.jobId)?.status;
    const ends = isDecisiveEnd(call) ? [call.kind === 'apply' ? 'done' : 'failed'] : ['done', 'failed'];
    if (status !== undefined && ends.includes(status)) return [];
    return [`${call.kind} of ${call.job.jobId} was acknowledged, and the job is ${String(status)}`];
  });
}

function everyJobEndsOnce({ calls }: History): string[] {
  const ends = new Map<string, number>();
  for (const { job } of calls.filter(isDecisiveEnd)) ends.set(job.jobId, (ends.get(job.jobId) ?? 0) + 1);
  return Array.from(ends).flatMap(([jobId, times]) =>
    times === 1 ? [] : [`${jobId} took effect ${String(times)} times`],
  );
}

function everyRecordWasGiven({ final, given }: History): string[] {
  return Array.from(final.records).flatMap(([urlHash, { jobId, tags }]) => {
    const source = given.get(jobId);
    if (source?.job.urlHash !== urlHash)
      return [`the record of ${urlHash} is of job ${jobId}, which never gave a result for it`];
    return source.tags.join() === tags.join() ? [] : [`the record of ${urlHash} is not what ${jobId} gave`];
  });
}

function noRecordIsOlderThanAnAcknowledgedOne({ calls, final }: History): string[] {
  return calls.filter(isDecisiveEnd).flatMap(({ kind, job }) => {
    if (kind !== 'apply') return [];
    const record = final.records.get(job.urlHash);
    if (record === undefined) return [`the result of ${job.jobId} was acknowledged, and its URL has no record`];
    return isNewer(job, record)
      ? [`the result of ${job.jobId} was acknowledged, and the record is that of ${record.jobId}`]
      : [];
  });
}

/** A claim may be forgotten with a primary, and is then given anew; while all is well it is given once. */
function onlyOneIsGivenAClaim({ calls, troubles }: History): string[] {
  const given = new Map<string, number>();
  for (const call of calls) {
    if (call.kind !== 'claim' || call.heard.is !== 'ok' || !isCalm(call, troubles)) continue;
    const { kind, jobId } = call.heard.value;
    if (kind === 'claimed') given.set(jobId, (given.get(jobId) ?? 0) + 1);
  }
  return Array.from(given).flatMap(([jobId, times]) =>
    times === 1 ? [] : [`${jobId} was claimed ${String(times)} times`],
  );
}

/** Attempts are counted by plain writes: those of the last moments before a failover may be counted again, no others. */
function attemptsGoUp({ calls, troubles }: History): string[] {
  const last = new Map<string, { readonly number: number; readonly to: number }>();
  const attempts = calls
    .filter((call): call is CallOf<'attempt'> => call.kind === 'attempt')
    .toSorted((a, b) => a.to - b.to);
  return attempts.flatMap((call) => {
    if (call.heard.is !== 'ok' || call.heard.value === 0) return [];
    const { jobId } = call.job;
    const before = last.get(jobId);
    last.set(jobId, { number: call.heard.value, to: call.to });
    if (before === undefined || before.to > call.from) return [];
    const calm = !troubles.some(({ from, to }) => from < call.to && to > before.to);
    return calm && call.heard.value <= before.number
      ? [`an attempt of ${jobId} was counted as ${String(call.heard.value)} after ${String(before.number)}`]
      : [];
  });
}

/** While all is well: what was acknowledged before a read began is seen by it. A primary that was cut off may answer with old pages. */
function readsSeeWhatWasAcknowledged({ calls, troubles, given }: History): string[] {
  const ends = Map.groupBy(
    calls.filter(isDecisiveEnd).filter(({ kind }) => kind === 'apply'),
    ({ job }) => job.urlHash,
  );
  return calls.flatMap((call) => {
    if (call.kind !== 'page' || call.heard.is !== 'ok' || !isCalm(call, troubles)) return [];
    const seen = call.heard.value === undefined ? undefined : given.get(call.heard.value)?.job;
    const missed = (ends.get(call.job.urlHash) ?? []).find(
      ({ to, job }) => to < call.from && (seen === undefined || isNewer(job, seen)),
    );
    return missed === undefined
      ? []
      : [`a read of ${call.job.urlHash} saw ${String(seen?.jobId)} after ${missed.job.jobId} was acknowledged`];
  });
}

function epochsNeverGoBack({ calls }: History): string[] {
  const highest = new Map<number, { readonly epoch: number; readonly to: number }>();
  const reads = calls
    .filter((call): call is CallOf<'epoch'> => call.kind === 'epoch')
    .toSorted((a, b) => a.from - b.from);
  return reads.flatMap(({ client, from, to, heard }) => {
    if (heard.is !== 'ok') return [];
    const before = highest.get(client);
    if (before === undefined || heard.value >= before.epoch) highest.set(client, { epoch: heard.value, to });
    if (before === undefined || before.to > from || heard.value >= before.epoch) return [];
    return [`client ${String(client)} read epoch ${String(heard.value)} after ${String(before.epoch)}`];
  });
}

function replacedPrimariesTakeNothing({ fence }: History): string[] {
  return fence
    .filter((answer) => answer !== 'stale-epoch' && answer !== 'refused')
    .map((answer) => `a primary that was replaced answered ${answer}`);
}

function postingsAreThoseOfTheRecords({ final }: History): string[] {
  const findings: string[] = [];
  for (const [urlHash, { tags }] of final.records) {
    for (const tag of tags)
      if (final.postings.get(tag)?.has(urlHash) !== true) findings.push(`${urlHash} is not found by ${tag}`);
  }
  for (const [tag, urls] of final.postings) {
    for (const urlHash of urls)
      if (final.records.get(urlHash)?.tags.includes(tag) !== true)
        findings.push(`${urlHash} is found by ${tag}, which it does not bear`);
  }
  return findings;
}

function isCalm({ from, to }: { readonly from: number; readonly to: number }, troubles: readonly Trouble[]): boolean {
  return !troubles.some((trouble) => trouble.from < to && trouble.to > from);
}
