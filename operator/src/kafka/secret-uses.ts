import type { TagServiceSpec } from '@tagservice/crd';

/** One Secret and the keys that are read of it. */
export type SecretUse = {
  readonly name: string;
  readonly keys: readonly string[];
  /** Path of the field that names it. */
  readonly field: string;
};

export const SASL_KEYS = { username: 'username', password: 'password' } as const;
export const CERTIFICATE_KEYS = { cert: 'tls.crt', key: 'tls.key' } as const;

/** The Secrets that access to Kafka needs, in the order of the resource. */
export function secretUses({ tls, sasl }: TagServiceSpec['kafka']): readonly SecretUse[] {
  const { caSecretRef, certificateSecretRef } = tls ?? {};
  return [
    ...(caSecretRef === undefined
      ? []
      : [{ name: caSecretRef.name, keys: [caSecretRef.key], field: 'spec.kafka.tls.caSecretRef' }]),
    ...(certificateSecretRef === undefined
      ? []
      : [
          {
            name: certificateSecretRef.name,
            keys: Object.values(CERTIFICATE_KEYS),
            field: 'spec.kafka.tls.certificateSecretRef',
          },
        ]),
    ...(sasl === undefined
      ? []
      : [{ name: sasl.secretRef.name, keys: Object.values(SASL_KEYS), field: 'spec.kafka.sasl.secretRef' }]),
  ];
}
