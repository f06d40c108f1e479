import { z } from 'zod';
import { choice, mapOf, record, text, whole } from '../schema-kit.ts';
import { specFixed } from '../rules.ts';

const NAME = '^[a-z0-9]([-a-z0-9.]*[a-z0-9])?$';
const HASH = '^[0-9a-f]{64}$';

/** Bytes of one pod template as JSON; beyond it a request would come near the limits of etcd. */
export const TEMPLATE_LIMIT = 524_288;

const input = record('One object outside the TagService that pods read, as it was.', {
  kind: choice('What it is.', ['ConfigMap', 'Secret']),
  name: text('Its name, in the namespace of the TagService.', { max: 253, pattern: NAME }),
  hash: text(
    'Keyed hash of the parts that pods read. The key is a password of the service, so that nobody who sees this can try out contents. Left out for an optional object that was not there.',
    { max: 64, pattern: HASH },
  ).exactOptional(),
});

export const revisionSpecSchema = record(
  'The complete snapshot of what makes one version of a TagService. Immutable.',
  {
    number: whole('Counts the revisions of a service in the order in which they were made.', {
      min: 1,
      max: Number.MAX_SAFE_INTEGER,
    }),
    hash: text('SHA-256 over templates and inputs. The name of the revision ends with its beginning.', {
      max: 64,
      pattern: HASH,
    }),
    images: record('Images, to be read at a glance; the templates hold them too.', {
      api: text('Image of the HTTP service.', { max: 512 }),
      compute: text('Image of the workers.', { max: 512 }),
    }),
    consumer: record('How the workers read the queue.', {
      group: text('Consumer group.', { max: 255 }),
      topic: text('Topic of the requests.', { max: 249 }),
      concurrency: whole('URLs that one pod works on at the same time.', { min: 1, max: 256 }),
      attempts: whole('Times that one URL is tried.', { min: 1, max: 20 }),
    }),
    templates: record('Pod templates as canonical JSON: what the API server would not let a rule compare as objects.', {
      api: text('PodTemplateSpec of the HTTP service.', { min: 2, max: TEMPLATE_LIMIT }),
      compute: text('PodTemplateSpec of the workers.', { min: 2, max: TEMPLATE_LIMIT }),
    }),
    inputs: mapOf('Secrets and ConfigMaps that pods read, by hash and never by content.', input, {
      keys: ['kind', 'name'],
      max: 160,
    }),
  },
  { rules: [specFixed('TagServiceRevision')] },
);

export const revisionStatusSchema = record('What has become of it. Written by the operator alone.', {
  role: choice(
    'Candidate is being brought up, Stable serves, Retired has served or was given up in favour of another, Failed did not become ready in time and is not tried again by itself.',
    ['Candidate', 'Stable', 'Retired', 'Failed'],
  ).exactOptional(),
  promotion: whole('Counts promotions of the service; of two Stable revisions the greater one serves.', {
    min: 1,
    max: Number.MAX_SAFE_INTEGER,
  }).exactOptional(),
  since: z.string().max(40).meta({ description: 'When it got this role.', format: 'date-time' }).exactOptional(),
  reason: text('Why it failed, one word from the catalogue of reasons.', {
    max: 64,
    pattern: '^[A-Z][A-Za-z0-9]*$',
  }).exactOptional(),
  message: text('What was found, for a person.', { min: 0, max: 1_024 }).exactOptional(),
});
