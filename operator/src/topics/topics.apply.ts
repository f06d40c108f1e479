import { TopicRefused, type TopicAdmin, type TopicEnds } from '@tagservice/event-bus/topic-admin';
import type { Correction } from '../step/correction.ts';
import { hasToMove, moveCopies, releaseBrokers } from './move.apply.ts';
import type { ChangeRules, Difference, TopicPlan, TopicRecord } from './topics.plan.ts';
import { AbandonedError, type TopicProblem } from './topics.problem.ts';

/** What became of a plan. */
export type Applied = {
  readonly problems: readonly TopicProblem[];
  /** Drift that was put right. */
  readonly corrections: readonly Correction[];
  /** Progress of moves, by topic. */
  readonly moving: ReadonlyMap<string, NonNullable<TopicRecord['moving']>>;
  /** Whether anything was changed. */
  readonly changed: boolean;
};

export type ApplyInput = {
  readonly admin: TopicAdmin;
  readonly plans: readonly TopicPlan[];
  readonly last: readonly TopicRecord[];
  readonly rules: ChangeRules;
  /** Once aborted no further change is made, so that a slow run cannot bring back topics that are deleted meanwhile. */
  readonly signal: AbortSignal;
};

type Gathered = {
  readonly problems: TopicProblem[];
  readonly corrections: Correction[];
  readonly moving: Map<string, NonNullable<TopicRecord['moving']>>;
  changed: boolean;
};

/** Carries out a plan. What the broker refuses for one topic stops no other; an unreachable broker ends it (BusUnavailable). */
export async function applyTopics(input: ApplyInput): Promise<Applied> {
  const gathered: Gathered = { problems: [], corrections: [], moving: new Map(), changed: false };
  for (const plan of input.plans) {
    for (const act of actsOf(plan)) {
      if (input.signal.aborted) throw new AbandonedError('the time for changing topics is over');
      await tolerant(gathered, plan, () => act(input, gathered));
    }
  }
  return gathered;
}

type Act = (input: ApplyInput, gathered: Gathered) => Promise<void>;

function actsOf(plan: TopicPlan): readonly Act[] {
  if (plan.kind === 'create') return [(input, gathered) => create(input, gathered, plan)];
  const ofKind = (wanted: boolean): Difference[] =>
    plan.changes.filter(({ setting }) => setting in plan.spec.configs === wanted);
  return [
    // Settings first: fewer in-sync copies have to be asked for before there are fewer copies.
    (input, gathered) => configure(input, gathered, { plan, changes: ofKind(true) }),
    (input, gathered) => grow(input, gathered, plan),
    (input, gathered) => move(input, gathered, plan),
    (_input, gathered) => {
      tellReported(gathered, plan);
      return Promise.resolve();
    },
  ];
}

type Change = Extract<TopicPlan, { kind: 'change' }>;

/** What Kafka refuses becomes a problem of the topic. */
async function tolerant(gathered: Gathered, plan: TopicPlan, work: () => Promise<void>): Promise<void> {
  try {
    await work();
  } catch (error) {
    if (!(error instanceof TopicRefused)) throw error;
    const message = `Kafka refuses to ${verbOf(plan)}: ${error.message}; correct ${plan.spec.field} or the brokers`;
    gathered.problems.push({ topic: plan.spec.name, reason: 'TopicRefused', message });
  }
}

function verbOf(plan: TopicPlan): string {
  const { name, partitions, replicationFactor } = plan.spec;
  if (plan.kind === 'create')
    return `create topic ${name} with ${partitions} partitions and replication factor ${replicationFactor}`;
  const changes = plan.changes.map(({ setting, wanted }) => `${setting}=${wanted}`);
  return `set ${changes.join(', ')} on topic ${name}`;
}

async function create(
  input: ApplyInput,
  gathered: Gathered,
  plan: Extract<TopicPlan, { kind: 'create' }>,
): Promise<void> {
  const { name } = plan.spec;
  const moving = input.last.find((topic) => topic.name === name)?.moving;
  if (moving !== undefined) await releaseBrokers(input.admin, moving.throttled);
  gathered.changed = (await input.admin.create(plan.spec)) || gathered.changed;
  if (plan.deleted) gathered.corrections.push({ object: `Topic ${name}`, cause: 'missing', fields: [] });
}

type Configuring = { readonly plan: Change; readonly changes: readonly Difference[] };

async function configure({ admin }: ApplyInput, gathered: Gathered, { plan, changes }: Configuring): Promise<void> {
  if (changes.length === 0) return;
  const { name } = plan.spec;
  await admin.alterConfigs(name, Object.fromEntries(changes.map(({ setting, wanted }) => [setting, wanted])));
  gathered.changed = true;
  tellCorrected(gathered, name, changes);
}

function tellCorrected(gathered: Gathered, name: string, changes: readonly Difference[]): void {
  const drift = changes.filter((difference) => difference.drift);
  if (drift.length === 0) return;
  const fields = drift.map(({ setting, found, wanted }) => ({ path: setting, found, wanted }));
  gathered.corrections.push({ object: `Topic ${name}`, cause: 'drift', fields });
}

async function grow({ admin }: ApplyInput, gathered: Gathered, { spec, found, changes }: Change): Promise<void> {
  if (!changes.some(({ setting }) => setting === 'partitions')) return;
  const { name, field, partitions } = spec;
  if (found.partitions > partitions) {
    const message = `topic ${name} has ${found.partitions} partitions, ${partitions} are declared, and Kafka cannot remove partitions: declare ${found.partitions} in ${field}.partitions`;
    gathered.problems.push({ topic: name, reason: 'PartitionsCannotShrink', message });
    return;
  }
  if (!spec.allowRekeying && (await hasHadMessages(admin, name))) {
    const message = `topic ${name} has ${found.partitions} partitions and ${partitions} are declared, but more partitions put messages of one URL into two of them: set ${field}.allowRekeying to true if that is acceptable, or declare ${found.partitions}`;
    gathered.problems.push({ topic: name, reason: 'RekeyingNotAllowed', message });
    return;
  }
  await admin.grow(name, partitions);
  gathered.changed = true;
}

/** Where there never was a message no key can move to another partition. */
async function hasHadMessages(admin: TopicAdmin, name: string): Promise<boolean> {
  const [ends] = await admin.ends([name]);
  return ends === undefined || wasWritten(ends);
}

const wasWritten = ({ partitions }: TopicEnds): boolean => partitions.some(({ end }) => end > 0n);

async function move(input: ApplyInput, gathered: Gathered, { spec, found, changes, reported }: Change): Promise<void> {
  const last = input.last.find(({ name }) => name === spec.name);
  const leave = reported.some(({ setting }) => setting === 'replicationFactor');
  if (leave || !hasToMove({ spec, found, last })) return;
  const [busy] = gathered.moving.keys();
  if (busy !== undefined) {
    // One at a time: the limit of the brokers is shared, and whoever ends first would take it from the other.
    const message = `the copies of topic ${spec.name} are moved once those of topic ${busy} are`;
    gathered.problems.push({ topic: spec.name, reason: 'ReplicationChanging', message });
    return;
  }
  const { problem, moving } = await moveCopies({ admin: input.admin, spec, found, last, rules: input.rules });
  if (problem !== undefined) gathered.problems.push(problem);
  if (moving !== undefined) gathered.moving.set(spec.name, moving);
  if (moving !== undefined && last?.moving === undefined)
    tellCorrected(
      gathered,
      spec.name,
      changes.filter(({ setting }) => setting === 'replicationFactor'),
    );
  gathered.changed = true;
}

function tellReported(gathered: Gathered, { spec, reported }: Change): void {
  if (reported.length === 0) return;
  const told = reported.map(({ setting, found, wanted }) => `${setting} is ${found}, declared is ${wanted}`);
  const message = `somebody altered topic ${spec.name}: ${told.join('; ')}; put it back in Kafka, declare it, or set spec.kafka.driftPolicy to Revert`;
  gathered.problems.push({ topic: spec.name, reason: 'TopicsDiffer', message });
}
