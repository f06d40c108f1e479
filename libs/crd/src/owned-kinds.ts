import type { z } from 'zod';
import { operationSpecSchema, operationStatusSchema } from './schema/operation.schema.ts';
import { revisionSpecSchema, revisionStatusSchema } from './schema/revision.schema.ts';

/** Kinds that the operator writes for itself and for readers; users declare TagServices only. */
export type OwnedKind = {
  readonly kind: string;
  readonly plural: string;
  readonly shortName: string;
  readonly description: string;
  readonly spec: z.ZodType;
  readonly status: z.ZodType;
  readonly columns: readonly {
    readonly name: string;
    readonly type: string;
    readonly jsonPath: string;
    readonly priority?: number;
    readonly description: string;
  }[];
};

const age = {
  name: 'Age',
  type: 'date',
  jsonPath: '.metadata.creationTimestamp',
  description: 'Time since it was made.',
};

export const REVISION = {
  kind: 'TagServiceRevision',
  plural: 'tagservicerevisions',
  shortName: 'tsrev',
  description:
    'One version of a TagService, complete and immutable. Made and deleted by the operator; deleting one that failed lets it be tried again.',
  spec: revisionSpecSchema,
  status: revisionStatusSchema,
  columns: [
    { name: 'Number', type: 'integer', jsonPath: '.spec.number', description: 'Order in which it was made.' },
    { name: 'Role', type: 'string', jsonPath: '.status.role', description: 'What it does now.' },
    { name: 'Reason', type: 'string', jsonPath: '.status.reason', description: 'Why it failed.' },
    { name: 'API', type: 'string', jsonPath: '.spec.images.api', description: 'Image of the HTTP service.' },
    {
      name: 'Compute',
      type: 'string',
      jsonPath: '.spec.images.compute',
      priority: 1,
      description: 'Image of the workers.',
    },
    age,
  ],
} as const satisfies OwnedKind;

export const OPERATION = {
  kind: 'TagServiceOperation',
  plural: 'tagserviceoperations',
  shortName: 'tsop',
  description:
    'The record of one long act on a TagService, step by step. Made by the operator; the last 10 of a service are kept, for 7 days.',
  spec: operationSpecSchema,
  status: operationStatusSchema,
  columns: [
    { name: 'Type', type: 'string', jsonPath: '.spec.type', description: 'What is done.' },
    { name: 'From', type: 'string', jsonPath: '.spec.from', description: 'What it was.' },
    { name: 'To', type: 'string', jsonPath: '.spec.to', description: 'What it becomes.' },
    {
      name: 'Outcome',
      type: 'string',
      jsonPath: '.status.outcome',
      description: 'How it ended; empty while under way.',
    },
    { name: 'Message', type: 'string', jsonPath: '.status.message', priority: 1, description: 'Why it ended so.' },
    age,
  ],
} as const satisfies OwnedKind;

export const OWNED_KINDS: readonly OwnedKind[] = [REVISION, OPERATION];

export type RevisionSpec = z.output<typeof revisionSpecSchema>;
export type RevisionStatus = z.output<typeof revisionStatusSchema>;
export type RevisionInput = RevisionSpec['inputs'][number];
export type RevisionRole = NonNullable<RevisionStatus['role']>;
export type OperationSpec = z.output<typeof operationSpecSchema>;
export type OperationStatus = z.output<typeof operationStatusSchema>;
export type OperationStep = NonNullable<OperationStatus['steps']>[number];
export type OperationStepName = OperationStep['name'];
