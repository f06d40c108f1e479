import { reasonEntry } from '../../src/reasons.ts';
import { ABNORMAL, conditionsOf, find, isTrue, TROUBLE, type Judged, type StatusView } from './status.view.ts';

/** A rule that holds of every status ever written. Answers what is wrong, or undefined. */
export type Invariant = {
  /** As counted in the status oracle. */
  readonly number: number;
  readonly name: string;
  readonly check: (view: StatusView) => string | undefined;
};

const SIZE_LIMIT = 16 * 1_024;

const generationOf = ({ metadata }: Judged): number => metadata.generation ?? 0;
const rootOf = ({ status }: Judged): number => status?.observedGeneration ?? 0;
const readyOf = (object: Judged) => find(object, 'Ready');
const list = (found: readonly string[]): string | undefined => (found.length === 0 ? undefined : found.join(', '));

export function readyIsThere({ after }: StatusView): string | undefined {
  return readyOf(after) === undefined ? 'there is no Ready' : undefined;
}

export function readyStandsAlone({ after }: StatusView): string | undefined {
  if (!isTrue(after, 'Ready') || isFormer(after)) return undefined;
  return list(TROUBLE.filter((type) => isTrue(after, type)).map((type) => `${type} stands beside Ready=True`));
}

export function troubleMeansNotReady({ after }: StatusView): string | undefined {
  const trouble = ['Reconciling', 'Stalled'].filter((type) => isTrue(after, type));
  const ready = readyOf(after)?.status;
  if (trouble.length === 0 || ready === 'False' || ready === 'Unknown') return undefined;
  return isFormer(after) ? undefined : `${trouble.join(', ')} stands and Ready is ${String(ready)}`;
}

export function neverBoth({ after }: StatusView): string | undefined {
  return isTrue(after, 'Reconciling') && isTrue(after, 'Stalled') ? 'Reconciling and Stalled both stand' : undefined;
}

export function nothingFromTheFuture({ after }: StatusView): string | undefined {
  const [root, generation] = [rootOf(after), generationOf(after)];
  return root > generation ? `observedGeneration ${String(root)} is above generation ${String(generation)}` : undefined;
}

export function behindMeansNotReady({ after, atRest }: StatusView): string | undefined {
  const behind = conditionsOf(after).filter(({ observedGeneration }) => observedGeneration < rootOf(after));
  const late = atRest && rootOf(after) < generationOf(after);
  if ((behind.length === 0 && !late) || !isTrue(after, 'Ready')) return undefined;
  return `Ready=True although ${late ? 'the status' : behind.map(({ type }) => type).join(', ')} is of an older generation`;
}

export function readyIsOfOneGeneration({ after }: StatusView): string | undefined {
  if (!isTrue(after, 'Ready')) return undefined;
  const others = conditionsOf(after).filter(({ observedGeneration }) => observedGeneration !== rootOf(after));
  return list(others.map(({ type, observedGeneration }) => `${type} is of generation ${String(observedGeneration)}`));
}

export function readySaysTheWorst({ after }: StatusView): string | undefined {
  const ready = readyOf(after);
  if (ready?.status !== 'False') return undefined;
  const worst = ['Stalled', 'Reconciling'].map((type) => find(after, type)).find((one) => one?.status === 'True');
  if (worst === undefined) return 'Ready=False, and neither Stalled nor Reconciling tells why';
  if (worst.reason === ready.reason && worst.message === ready.message) return undefined;
  return `Ready says ${ready.reason}, ${worst.type} says ${worst.reason}`;
}

export function abnormalOnlyWhileTrue({ after }: StatusView): string | undefined {
  const idle = conditionsOf(after).filter(({ type, status }) => ABNORMAL.has(type) && status !== 'True');
  return list(idle.map(({ type, status }) => `${type} is kept with ${status}`));
}

export function everyConditionHasItsGeneration({ after }: StatusView): string | undefined {
  const without = conditionsOf(after).filter((one) => (one.observedGeneration as number | undefined) === undefined);
  return list(without.map(({ type }) => `${type} has no observedGeneration`));
}

export function unknownOnlyUnderWay({ after }: StatusView): string | undefined {
  const unknown = readyOf(after)?.status === 'Unknown' && !isTrue(after, 'Reconciling');
  return unknown ? 'Ready=Unknown without Reconciling' : undefined;
}

export function formerReadyOnlyWithoutDrift({ after }: StatusView): string | undefined {
  if (!isFormer(after) || !isTrue(after, 'Ready') || !isTrue(after, 'Reconciling')) return undefined;
  return isTrue(after, 'Degraded') ? 'Ready=True of the former generation although something has drifted' : undefined;
}

export function transitionTimesAreHonest({ before, after, wrongTime = false }: StatusView): string | undefined {
  if (before === undefined) return undefined;
  const wrong = conditionsOf(after).filter((condition) => {
    const former = find(before, condition.type);
    if (former === undefined) return false;
    const [then, now] = [Date.parse(former.lastTransitionTime), Date.parse(condition.lastTransitionTime)];
    // Times have whole seconds: a second change within one cannot be told from none.
    return former.status === condition.status ? then !== now : now < then && !wrongTime;
  });
  return list(wrong.map(({ type, status }) => `lastTransitionTime of ${type}=${status} moved wrongly`));
}

export function reasonsAreOfTheCatalogue({ after }: StatusView): string | undefined {
  const wrong = conditionsOf(after).filter(({ type, status, reason }) => {
    const entry = reasonEntry(reason);
    return (
      entry === undefined || (entry.kind === 'success' && (status !== 'True' || TROUBLE.some((one) => one === type)))
    );
  });
  return list(wrong.map(({ type, status, reason }) => `${type}=${status} has reason ${reason}`));
}

export function readyOnlyWithReadyParts({ after, workloads }: StatusView): string | undefined {
  if (!isTrue(after, 'Ready') || isFormer(after)) return undefined;
  const unready = workloads.filter(
    ({ generation, observedGeneration, replicas, updated, ready }) =>
      observedGeneration < generation || updated < replicas || ready < 1,
  );
  return list(unready.map(({ name }) => `Ready=True although ${name} is not ready`));
}

export function nothingGoesBack({ before, after }: StatusView): string | undefined {
  if (before === undefined) return undefined;
  if (rootOf(after) < rootOf(before))
    return `observedGeneration went back from ${String(rootOf(before))} to ${String(rootOf(after))}`;
  const [then, now] = [epochOf(before), epochOf(after)];
  return now < then ? `epoch went back from ${String(then)} to ${String(now)}` : undefined;
}

export function staysSmall({ after }: StatusView): string | undefined {
  const size = Buffer.byteLength(JSON.stringify(after.status ?? {}));
  return size >= SIZE_LIMIT ? `the status has ${String(size)} bytes` : undefined;
}

/** Ready is told of the generation before the one that is being looked at. */
function isFormer(object: Judged): boolean {
  return (readyOf(object)?.observedGeneration ?? 0) < rootOf(object);
}

function epochOf({ status }: Judged): number {
  const redis = status?.redis as { epoch?: number } | undefined;
  return redis?.epoch ?? 0;
}

/** The rules about single statuses; number 17 is about writes (see write.invariants.ts). */
export const STATUS_INVARIANTS: readonly Invariant[] = [
  { number: 1, name: 'Ready is always there', check: readyIsThere },
  { number: 2, name: 'no trouble stands beside Ready=True', check: readyStandsAlone },
  { number: 3, name: 'Reconciling or Stalled means not ready', check: troubleMeansNotReady },
  { number: 4, name: 'never both Reconciling and Stalled', check: neverBoth },
  { number: 5, name: 'observedGeneration is never above generation', check: nothingFromTheFuture },
  { number: 6, name: 'older conditions mean not ready', check: behindMeansNotReady },
  { number: 7, name: 'Ready=True is of one generation', check: readyIsOfOneGeneration },
  { number: 8, name: 'Ready=False says what is worst', check: readySaysTheWorst },
  { number: 9, name: 'abnormal conditions stand only while true', check: abnormalOnlyWhileTrue },
  { number: 10, name: 'every condition has observedGeneration', check: everyConditionHasItsGeneration },
  { number: 11, name: 'Ready=Unknown only while reconciling', check: unknownOnlyUnderWay },
  { number: 12, name: 'Ready of the former generation only without drift', check: formerReadyOnlyWithoutDrift },
  { number: 13, name: 'lastTransitionTime moves with status only', check: transitionTimesAreHonest },
  { number: 14, name: 'reasons come from the catalogue', check: reasonsAreOfTheCatalogue },
  { number: 15, name: 'Ready=True only with ready parts', check: readyOnlyWithReadyParts },
  { number: 16, name: 'epoch and observedGeneration never go back', check: nothingGoesBack },
  { number: 18, name: 'a status stays under 16 KiB', check: staysSmall },
];
