import { z } from 'zod';
import { choice, mapOf, record, text, whole } from '../schema-kit.ts';
import { specFixed } from '../rules.ts';

const NAME = '^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$';
const instant = (description: string) => z.string().max(40).meta({ description, format: 'date-time' });

export const operationSpecSchema = record(
  'One long act: what is to become of what. Immutable.',
  {
    type: choice('What is done. Rollout: another revision takes over.', ['Rollout']),
    from: text(
      'Revision that served before. Left out at the first one, and where Deployments of an earlier release are taken over.',
      { max: 63, pattern: NAME },
    ).exactOptional(),
    to: text('Revision that shall serve.', { max: 63, pattern: NAME }),
  },
  { rules: [specFixed('TagServiceOperation')] },
);

const step = record('One step. It begins only after the one before it has been recorded as finished.', {
  name: choice(
    'Capacity: the pods of the new revision are ready. Endpoints: they are seen behind the Service. Roles: the new revision is Stable and autoscalers and budgets follow it. Removal: the pods of the former one are gone.',
    ['Capacity', 'Endpoints', 'Roles', 'Removal'],
  ),
  precondition: text('What had to hold for it to begin.', { min: 0, max: 256 }),
  startedAt: instant('When it began.'),
  finishedAt: instant('When its end was observed. Left out while it is under way.').exactOptional(),
  found: text('What was observed at its end, or what it waits for.', { min: 0, max: 512 }).exactOptional(),
});

const measurement = record('One number that was measured or that the act goes by.', {
  name: text('Its name, for example stableApiReplicas.', { max: 64, pattern: '^[a-z][A-Za-z0-9]*$' }),
  value: whole('Its value.', { min: 0, max: Number.MAX_SAFE_INTEGER }),
});

export const operationStatusSchema = record(
  'How far it has come. Each step is written here before the next one begins.',
  {
    steps: mapOf('The steps so far.', step, { keys: ['name'], max: 16 }).exactOptional(),
    measurements: mapOf('Numbers.', measurement, { keys: ['name'], max: 32 }).exactOptional(),
    outcome: choice(
      'How it ended; left out while it is under way. Superseded: another revision was declared before it was done.',
      ['Succeeded', 'Failed', 'Superseded'],
    ).exactOptional(),
    message: text('Why it ended so.', { min: 0, max: 1_024 }).exactOptional(),
    finishedAt: instant('When it ended.').exactOptional(),
  },
);
