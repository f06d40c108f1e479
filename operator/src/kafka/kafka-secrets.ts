import { createHash } from 'node:crypto';
import { Secret, type KubeClient } from '@tagservice/controller-runtime';
import type { TagService, TagServiceSpec } from '@tagservice/crd';
import type { KafkaSecurity, SecuritySource } from '@tagservice/event-bus/topic-admin';
import { serviceKey } from '../children/names.ts';
import type { ContentWatch } from '../revision/content-watch.ts';
import { stalled, waiting, type Outcome } from '../step/outcome.ts';
import { CERTIFICATE_KEYS, SASL_KEYS, secretUses, type SecretUse } from './secret-uses.ts';

/** How the brokers of a service are reached; or what is missing for it. */
export type KafkaAccess =
  | {
      readonly kind: 'known';
      readonly security: SecuritySource;
      /** Tells contents apart without telling them; empty when nothing is secret. */
      readonly fingerprint: string;
    }
  | { readonly kind: 'missing'; readonly outcome: Outcome };

/** Finds the Secrets that `spec.kafka` names, and follows them. */
export interface KafkaSecrets {
  access(service: TagService): Promise<KafkaAccess>;
  /** A service (`namespace/name`) is gone. */
  forget(service: string): void;
}

export type KafkaSecretsOptions = {
  readonly client: Pick<KubeClient, 'find'>;
  /** Follows what is named, and tells digests. */
  readonly contents: Pick<ContentWatch, 'follow' | 'read' | 'forget'>;
};

type Known = Extract<KafkaAccess, { kind: 'known' }>;

const open: Known = { kind: 'known', security: () => ({}), fingerprint: '' };

/** Secrets are followed by name, as digests; values are read only when a digest is new, and kept as long as it is. */
export function kafkaSecrets({ client, contents }: KafkaSecretsOptions): KafkaSecrets {
  const known = new Map<string, Known>();
  return {
    async access(service) {
      const { namespace } = service.metadata;
      const key = serviceKey(service);
      const { kafka } = service.spec;
      const uses = secretUses(kafka);
      const references = uses.map((use) => ({ kind: 'Secret' as const, name: use.name }));
      contents.follow(key, namespace, references);
      if (uses.length === 0) {
        known.delete(key);
        return withoutSecrets(kafka);
      }
      const digests = digestsOf(uses, (use) => contents.read(namespace, { kind: 'Secret', name: use }));
      if (digests.kind === 'missing') return digests;
      const fingerprint = fingerprintOf(kafka, digests.digests);
      const before = known.get(key);
      if (before?.fingerprint === fingerprint) return before;
      const values = await readValues(client, namespace, uses);
      if (values.kind === 'missing') return values;
      const access: Known = { kind: 'known', fingerprint, security: () => securityOf(kafka, values.values) };
      known.set(key, access);
      return access;
    },
    forget(service) {
      known.delete(service);
      contents.forget(service);
    },
  };
}

function withoutSecrets({ tls }: TagServiceSpec['kafka']): Known {
  return tls === undefined ? open : { kind: 'known', security: () => ({ tls: {} }), fingerprint: 'tls' };
}

type Missing = Extract<KafkaAccess, { kind: 'missing' }>;
type Digests = { readonly kind: 'known'; readonly digests: readonly string[] } | Missing;

function digestsOf(uses: readonly SecretUse[], read: (name: string) => ReturnType<ContentWatch['read']>): Digests {
  const digests: string[] = [];
  for (const use of uses) {
    const content = read(use.name);
    if (content.kind === 'unknown') return { kind: 'missing', outcome: notRead(use, content.problem) };
    const values = content.kind === 'absent' ? undefined : content.digests;
    const lacking = use.keys.find((key) => values?.has(key) !== true);
    if (lacking !== undefined)
      return { kind: 'missing', outcome: incomplete(use, values === undefined ? undefined : lacking) };
    digests.push(...use.keys.map((key) => values?.get(key) ?? ''));
  }
  return { kind: 'known', digests };
}

function notRead({ name, field }: SecretUse, problem: string | undefined): Missing['outcome'] {
  if (problem === undefined) return waiting('Checking', `waiting for Secret ${name}, which ${field} names, to be read`);
  const message = `Secret ${name}, which ${field} names, cannot be read (${problem}): let the operator get and watch it`;
  return waiting('ReferenceUnreadable', message);
}

/** `key` undefined: the whole Secret is missing. */
function incomplete({ name, keys, field }: SecretUse, key: string | undefined): Missing['outcome'] {
  const wanted = `create it with ${keys.join(' and ')}`;
  const message =
    key === undefined
      ? `Secret ${name}, which ${field} names, does not exist: ${wanted}`
      : `Secret ${name}, which ${field} names, lacks ${key} or it is empty: put it in`;
  return stalled('SecretIncomplete', message);
}

/** TLS with public authorities reads no Secret, and is another access all the same. */
const fingerprintOf = ({ tls, sasl }: TagServiceSpec['kafka'], digests: readonly string[]): string =>
  createHash('sha256')
    .update(JSON.stringify([tls !== undefined, sasl?.mechanism ?? null, digests]))
    .digest('base64url');

type Values = ReadonlyMap<string, string>;

async function readValues(
  client: Pick<KubeClient, 'find'>,
  namespace: string,
  uses: readonly SecretUse[],
): Promise<{ readonly kind: 'known'; readonly values: Values } | Missing> {
  const values = new Map<string, string>();
  for (const use of uses) {
    const secret = await client.find(Secret, { namespace, name: use.name });
    if (secret === undefined) return { kind: 'missing', outcome: incomplete(use, undefined) };
    for (const key of use.keys) {
      const value = Buffer.from(secret.data?.[key] ?? '', 'base64').toString('utf8');
      if (value === '') return { kind: 'missing', outcome: incomplete(use, key) };
      values.set(`${use.name}/${key}`, value);
    }
  }
  return { kind: 'known', values };
}

function securityOf({ tls, sasl }: TagServiceSpec['kafka'], values: Values): KafkaSecurity {
  const value = (name: string, key: string): string => values.get(`${name}/${key}`) ?? '';
  const { caSecretRef: ca, certificateSecretRef: certificate } = tls ?? {};
  return {
    ...(tls !== undefined && {
      tls: {
        ...(ca !== undefined && { ca: value(ca.name, ca.key) }),
        ...(certificate !== undefined && {
          cert: value(certificate.name, CERTIFICATE_KEYS.cert),
          key: value(certificate.name, CERTIFICATE_KEYS.key),
        }),
      },
    }),
    ...(sasl !== undefined && {
      sasl: {
        mechanism: sasl.mechanism,
        username: value(sasl.secretRef.name, SASL_KEYS.username).replace(/\r?\n$/, ''),
        password: value(sasl.secretRef.name, SASL_KEYS.password).replace(/\r?\n$/, ''),
      },
    }),
  };
}
