import type { RevisionInput, TagService } from '@tagservice/crd';
import { namesOf } from '../children/names.ts';
import { secretUses } from '../kafka/secret-uses.ts';

/** One key of a Secret or ConfigMap that pods read. */
export type Reference = {
  readonly kind: RevisionInput['kind'];
  readonly name: string;
  readonly key: string;
  /** Pods start without it. */
  readonly optional: boolean;
  readonly component: 'api' | 'compute';
  /** Pods read it anew whenever they need it: it has to be there, but other content makes no new revision. */
  readonly live?: true;
  /** The field of the resource that names it; undefined for what the operator itself makes. */
  readonly field?: string;
};

/** Everything outside the resource that API and workers read, in a fixed order. */
export function referencesOf(service: TagService): readonly Reference[] {
  return (['api', 'compute'] as const).flatMap((component) => [
    passwordOf(service, component),
    ...kafkaReferences(service, component),
    ...(component === 'api' ? tokenKeyReferences(service) : []),
    ...variableReferences(service, component),
  ]);
}

/** What of it does not come from the operator itself, and so has to be followed by name. */
export function foreignReferences(service: TagService): readonly Reference[] {
  const { redisAuth } = namesOf(service);
  return referencesOf(service).filter(({ kind, name }) => kind !== 'Secret' || name !== redisAuth);
}

/** The password of Redis: made by the operator, and changed by whoever rotates it. */
function passwordOf(service: TagService, component: 'api' | 'compute'): Reference {
  return { kind: 'Secret', name: namesOf(service).redisAuth, key: 'password', optional: false, component };
}

/** Certificates and logins for the brokers: pods read their files at each connection. */
function kafkaReferences({ spec }: TagService, component: 'api' | 'compute'): Reference[] {
  return secretUses(spec.kafka).flatMap(({ name, keys, field }) =>
    keys.map((key) => ({ kind: 'Secret', name, key, optional: false, live: true, component, field }) as const),
  );
}

/** Public keys that somebody else puts there: the API reads the file anew every few seconds. */
function tokenKeyReferences({ spec }: TagService): Reference[] {
  const { keysSecretRef } = spec.api.auth;
  if (keysSecretRef === undefined) return [];
  const field = 'spec.api.auth.keysSecretRef';
  return [{ kind: 'Secret', ...keysSecretRef, optional: false, live: true, component: 'api', field }];
}

function variableReferences(service: TagService, component: 'api' | 'compute'): Reference[] {
  return service.spec[component].pod.env.flatMap(({ name: variable, valueFrom }) => {
    const field = `spec.${component}.pod.env ${variable}`;
    const { secretKeyRef, configMapKeyRef } = valueFrom ?? {};
    return [
      ...(secretKeyRef === undefined ? [] : [{ kind: 'Secret' as const, ...secretKeyRef, component, field }]),
      ...(configMapKeyRef === undefined ? [] : [{ kind: 'ConfigMap' as const, ...configMapKeyRef, component, field }]),
    ];
  });
}
