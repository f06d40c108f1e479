import { z } from 'zod';
import { choice, mapOf, record, setOf, text, texts, whole } from '../schema-kit.ts';

const count = (description: string) => whole(description, { min: 0, max: 1_000_000 });

/** Every condition that can stand in status, in the order in which the summary looks at them. */
export const CONDITION_TYPES = [
  'Ready',
  'TopicsReady',
  'RedisReady',
  'ApiReady',
  'ComputeReady',
  'LagKnown',
  'RolloutHealthy',
  'ScalingActive',
  'Stalled',
  'Reconciling',
  'Degraded',
  'Conflict',
  'RolloutProgressing',
  'ScalingLimited',
  'Frozen',
] as const;

const condition = record('One observation about the service.', {
  type: text(
    'Name of the condition. Always there: Ready, TopicsReady, RedisReady, ApiReady, ComputeReady, LagKnown, RolloutHealthy, ScalingActive. Only while true: Stalled, Reconciling, Degraded, Conflict, RolloutProgressing, ScalingLimited, Frozen.',
    {
      max: 64,
    },
  ),
  status: choice('Whether it holds.', ['True', 'False', 'Unknown']),
  observedGeneration: whole('Generation of the spec that was looked at.', { min: 0, max: Number.MAX_SAFE_INTEGER }),
  lastTransitionTime: z
    .string()
    .max(40)
    .meta({ description: 'When status last changed; a new message does not move it.', format: 'date-time' }),
  reason: text('One word from the catalogue of reasons.', { max: 64, pattern: '^[A-Z][A-Za-z0-9]*$' }),
  message: text('The object, what was found, what is wanted, and what to do next.', { min: 0, max: 1_024 }),
});

const topic = record('One topic.', {
  name: text('Full name.', { max: 249 }),
  partitions: count('Partitions that it has. 0 while it does not exist or is unknown.'),
  replicationFactor: whole('Copies of the partition that has fewest. Left out while unknown.', {
    min: 0,
    max: 1_000,
  }).exactOptional(),
  id: text('Identity that Kafka gave it; a topic made anew under the same name has another.', {
    max: 64,
  }).exactOptional(),
  formerId: text(
    'Identity of the topic of this name that was there before and that somebody deleted. Left out where there was none.',
    { max: 64 },
  ).exactOptional(),
  ready: z.boolean().meta({ description: 'Whether it is as declared.' }),
  reason: text('Why it is not ready, one word from the catalogue of reasons.', {
    max: 64,
    pattern: '^[A-Z][A-Za-z0-9]*$',
  }).exactOptional(),
  message: text('What was found, what is wanted, and what to do next.', { min: 0, max: 512 }).exactOptional(),
  applied: texts(
    'What was declared when the topic was last made so, by setting: a difference from this is a new declaration, another one is drift.',
    { entries: 8, max: 64 },
  ).exactOptional(),
  moving: record('The move of its copies, while replicationFactor changes.', {
    done: count('Partitions that are as declared.'),
    partitions: count('Partitions in all.'),
    throttled: setOf(
      'Brokers on which the operator has set a limit on copying, and from which it takes it away at the end.',
      whole('Id of a broker.', { min: 0, max: 2_147_483_647 }),
      { max: 64 },
    ),
  }).exactOptional(),
  ends: text('Next offsets by partition, as recorded before the topic is deleted; a long list is shortened.', {
    min: 0,
    max: 1_024,
  }).exactOptional(),
});

const plannedField = record('One field that would change. Values of Secrets are never shown.', {
  field: text('Path of the field, for example spec.replicas.', { max: 256 }),
  found: text('What stands there; left out where there is nothing.', { min: 0, max: 96 }).exactOptional(),
  wanted: text('What would stand there; left out where the field would go.', { min: 0, max: 96 }).exactOptional(),
});

const plannedChange = record('One object that would change.', {
  object: text('Kind and name, for example Deployment/demo-api.', { max: 320 }),
  action: choice('What would be done with it.', ['create', 'update', 'delete']),
  fields: mapOf(
    'Fields that would change, the first 6 at most. Left out where the whole object is made or deleted.',
    plannedField,
    {
      keys: ['field'],
      max: 6,
    },
  ).exactOptional(),
});

const pods = { ready: count('Pods that are ready.'), desired: count('Pods that are wanted now.') };

const failedRevision = record('A revision that did not become ready in time.', {
  name: text('Its name.', { max: 63 }),
  reason: text('Why, one word from the catalogue of reasons.', { max: 64, pattern: '^[A-Z][A-Za-z0-9]*$' }),
  at: z.string().max(40).meta({ description: 'When it was given up.', format: 'date-time' }),
});

const revisions = record('The revisions in use; each is a TagServiceRevision.', {
  stable: text('The one that serves. Left out until the first one does.', { max: 63 }).exactOptional(),
  canary: text('The one that is being brought up. Left out while there is none.', { max: 63 }).exactOptional(),
  failed: mapOf('The last that failed, newest first. They are not tried again by themselves.', failedRevision, {
    keys: ['name'],
    max: 5,
  }).exactOptional(),
});

const rollout = record('The rollout under way; empty while there is none.', {
  operation: text('Its TagServiceOperation, which holds every step.', { max: 63 }).exactOptional(),
  step: choice('The step it is at.', ['Capacity', 'Endpoints', 'Roles', 'Removal']).exactOptional(),
});

export const statusSchema = record('What the operator found. Written by it alone.', {
  observedGeneration: whole('Generation of the spec that this status is about.', {
    min: 0,
    max: Number.MAX_SAFE_INTEGER,
  }).exactOptional(),
  conditions: mapOf('Observations; the summary is Ready.', condition, { keys: ['type'], max: 16 }).exactOptional(),
  api: record('HTTP pods.', pods).exactOptional(),
  compute: record('Workers.', {
    ...pods,
    selector: text('Label selector of the workers.', { max: 512 }).exactOptional(),
  }).exactOptional(),
  scaling: record('What scaling is based on.', {
    lag: whole('Messages that wait in the requests topic. Left out while unknown.', {
      min: 0,
      max: Number.MAX_SAFE_INTEGER,
    }).exactOptional(),
  }).exactOptional(),
  redis: record('The store.', {
    primary: record('The pod that takes writes.', { pod: text('Name of the pod.', { max: 63 }) }).exactOptional(),
  }).exactOptional(),
  revisions: revisions.exactOptional(),
  rollout: rollout.exactOptional(),
  topics: mapOf('The three topics.', topic, { keys: ['name'], max: 8 }).exactOptional(),
  plan: mapOf(
    'With spec.mode Plan: what Apply would change, as far as it fits into 4 KiB; the message of the condition tells how much there is. Empty: nothing. Otherwise left out.',
    plannedChange,
    { keys: ['object'], max: 32 },
  ).exactOptional(),
});
