import type { KubeClient, Namespace, ReconcileContext, ReconcileResult } from '@tagservice/controller-runtime';
import type { TagServiceObject } from '../resource.ts';
import { outcomeOfError, type Outcome } from '../step/outcome.ts';
import type { StepReport } from '../step/step.ts';
import { shorten } from './conditions.ts';
import { alignFinalizer } from './finalizer.ts';
import { NAMESPACE_BUDGET_MS, type NamespaceBudget, type Patience } from './namespace-budget.ts';
import { report, type Reporting } from './report.ts';

export type LetGoOptions = Reporting & {
  readonly client: Pick<KubeClient, 'patch' | 'find'>;
  readonly budget: NamespaceBudget;
};

/** A deletion that cannot go on yet. */
export type Blocked = {
  readonly object: TagServiceObject;
  readonly context: ReconcileContext;
  /** What is being waited for. */
  readonly found: StepReport;
  /** Names of the topics that `Delete` promises to delete. */
  readonly topics: readonly string[];
};

const UNLIMITED: Patience = { kind: 'unlimited' };

/**
 * Reports what a deletion waits for, and answers when to look again. Where the namespace is being deleted as well its budget is the limit: then
 * the topics are kept, the resource is let go so that the namespace hangs on nothing, and undefined is answered.
 */
export async function waitOrLetGo(options: LetGoOptions, blocked: Blocked): Promise<ReconcileResult | undefined> {
  const { object, context, found } = blocked;
  const patience = mayAct(found) ? await options.budget.of(object, context.signal) : UNLIMITED;
  if (patience.kind !== 'over') return wait(options, blocked, patience);
  try {
    await letGo(options, blocked, patience.namespace);
    return undefined;
  } catch (error) {
    return report(options, { object, context, reports: [{ outcomes: { TopicsReady: outcomeOfError(error) } }] });
  }
}

/** With a definition of another release nothing at all is done: another operator may be about to. */
const mayAct = ({ outcomes }: StepReport): boolean => outcomes.TopicsReady?.reason !== 'DefinitionMismatch';

async function wait(
  options: LetGoOptions,
  { object, context, found }: Blocked,
  patience: Exclude<Patience, { kind: 'over' }>,
): Promise<ReconcileResult> {
  const { requeueAfter } = await report(options, { object, context, reports: [withHint(found, patience.hint)] });
  return { requeueAfter: patience.kind === 'limited' ? Math.min(requeueAfter, patience.leftMs) : requeueAfter };
}

function withHint(found: StepReport, hint: string | undefined): StepReport {
  if (hint === undefined) return found;
  const hinted = Object.entries(found.outcomes).map(([type, outcome]: [string, Outcome]) => [
    type,
    { ...outcome, message: `${outcome.message}; ${hint}` },
  ]);
  return { ...found, outcomes: Object.fromEntries(hinted) as StepReport['outcomes'] };
}

async function letGo(
  { client, metrics, events }: LetGoOptions,
  { object, context, found, topics }: Blocked,
  namespace: Namespace,
): Promise<void> {
  const note = keptText(namespace, { found, topics });
  // Before it is let go, because nobody can tell it after a crash in between: better twice than never.
  context.log.warn({ reason: 'TopicsKept', topics }, note);
  await alignFinalizer(client, object, false);
  metrics.observeKept(topics.length);
  // Nothing can be made in a namespace that is being deleted; events of the Namespace itself live in another one.
  if (topics.length > 0)
    events.record(namespace, { type: 'Warning', reason: 'TopicsKept', action: 'LetGo', note, related: object });
}

/** The names come first: they are what somebody needs who removes the topics by hand. */
function keptText({ metadata }: Namespace, { found, topics }: Pick<Blocked, 'found' | 'topics'>): string {
  const kept = topics.length === 0 ? 'no topics of its own' : `the topics that still exist of ${topics.join(', ')}`;
  const why = shorten(found.outcomes.TopicsReady?.message ?? 'the reason is not known', WHY_BYTES);
  const limit = (NAMESPACE_BUDGET_MS / 1_000).toString();
  return `namespace ${metadata.name} is being deleted, and the TagService is let go after ${limit} s with ${kept} left in Kafka: ${why}`;
}

const WHY_BYTES = 400;
