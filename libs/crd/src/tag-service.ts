import type { z } from 'zod';
import { choice, record, setOf, whole } from './schema-kit.ts';
import { apiSchema, computeSchema } from './schema/components.schema.ts';
import { imagesSchema } from './schema/images.schema.ts';
import { kafkaSchema } from './schema/kafka.schema.ts';
import { networkSchema } from './schema/network.schema.ts';
import { observabilitySchema } from './schema/observability.schema.ts';
import { redisSchema } from './schema/redis.schema.ts';
import { scalingSchema } from './schema/scaling.schema.ts';
import type { statusSchema } from './schema/status.schema.ts';

export const GROUP = 'tagservice.dev';
export const VERSION = 'v1alpha1';
export const API_VERSION = `${GROUP}/${VERSION}`;
export const KIND = 'TagService';
export const PLURAL = 'tagservices';

/** What `spec.freeze` can hold. */
export const FREEZES = ['Rollout', 'Scaling', 'Topics'] as const;
export type Freeze = (typeof FREEZES)[number];

export const specSchema = record(
  'What is wanted. Only kafka.brokers is required; every other field has a default that works.',
  {
    images: imagesSchema,
    api: apiSchema,
    compute: computeSchema,
    kafka: kafkaSchema,
    redis: redisSchema,
    scaling: scalingSchema,
    observability: observabilitySchema,
    network: networkSchema,
    revisionHistoryLimit: whole(
      'Revisions that are kept after they have served or failed. Default 10. With 0 only the ones in use are kept; going back then makes the revision anew.',
      { min: 0, max: 100 },
    ).default(10),
    mode: choice(
      'Apply (default) makes everything as declared. Plan changes nothing, no child and no topic: it writes into status.plan what Apply would change, and Ready is False with reason PlanOnly while that is anything. Deleting the resource is no plan: it deletes.',
      ['Apply', 'Plan'],
    ).default('Apply'),
    freeze: setOf(
      'What is held as it is, however the declaration differs. Default: nothing. Rollout: pods keep their images and settings. Scaling: autoscalers keep the number of pods. Topics: no topic is made or changed, differences are only told. Condition Frozen stands meanwhile and names what is held back.',
      choice('What is held.', FREEZES),
      { max: FREEZES.length },
    ).default([]),
  },
);

/** The spec with every default filled in. */
export type TagServiceSpec = z.output<typeof specSchema>;
/** The spec as a user may write it. */
export type TagServiceSpecInput = z.input<typeof specSchema>;
export type TagServiceStatus = z.output<typeof statusSchema>;
export type TagServiceCondition = NonNullable<TagServiceStatus['conditions']>[number];
export type PlannedChange = NonNullable<TagServiceStatus['plan']>[number];
export type PodSettings = TagServiceSpec['api']['pod'];
export type TopicSettings = TagServiceSpec['kafka']['requests'];

/** The part of the metadata that the operator reads. */
export type TagServiceMetadata = {
  readonly name: string;
  readonly namespace: string;
  readonly uid: string;
  readonly generation: number;
  readonly resourceVersion?: string;
  readonly deletionTimestamp?: string;
  readonly finalizers?: readonly string[];
};

/** A TagService as the operator works with it: parsed, with defaults. */
export type TagService = {
  readonly apiVersion: typeof API_VERSION;
  readonly kind: typeof KIND;
  readonly metadata: TagServiceMetadata;
  readonly spec: TagServiceSpec;
  readonly status?: TagServiceStatus;
};

/** The outcome of reading a spec: `problems` are sentences that name the field. */
export type ParsedSpec =
  { readonly ok: true; readonly spec: TagServiceSpec } | { readonly ok: false; readonly problems: readonly string[] };

/**
 * Reads a spec as it comes from an API server. The server has checked it already, so a refusal means that the CRD in the
 * cluster is of another release than the operator.
 */
export function parseSpec(spec: unknown): ParsedSpec {
  const parsed = specSchema.safeParse(spec);
  if (parsed.success) return { ok: true, spec: parsed.data };
  return { ok: false, problems: parsed.error.issues.map(({ path, message }) => `spec.${path.join('.')}: ${message}`) };
}

/** Copies beside the primary that must have a result: as declared, else 1 where there is a replica to do it. */
export function acknowledgingReplicas({ replicas, durability }: TagServiceSpec['redis']): number {
  return durability.acknowledgingReplicas ?? Math.min(1, replicas - 1);
}
