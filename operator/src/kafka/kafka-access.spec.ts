import { environmentNames } from '@tagservice/contracts';
import { describe, expect, it } from 'vitest';
import { service } from '../../test/fixtures.ts';
import { kafkaAccess } from './kafka-access.ts';

const accessWith = (more: object) => kafkaAccess(service({ kafka: { brokers: ['k:1'], ...more } }));

describe('what pods get to reach Kafka', () => {
  it('is nothing where nothing is declared', () => {
    expect(accessWith({})).toEqual({ env: {}, volumes: [], mounts: [] });
  });

  it('is the word that there is TLS where the public authorities are trusted', () => {
    expect(accessWith({ tls: {} })).toEqual({ env: { KAFKA_TLS: 'true' }, volumes: [], mounts: [] });
  });

  it('is a folder of files for each Secret, which follow the Secret, and variables that name the files', () => {
    const { env, volumes, mounts } = accessWith({
      tls: { caSecretRef: { name: 'ca', key: 'root.pem' }, certificateSecretRef: { name: 'client' } },
      sasl: { mechanism: 'PLAIN', secretRef: { name: 'login' } },
    });
    expect(env).toEqual({
      KAFKA_TLS: 'true',
      KAFKA_TLS_CA_FILE: '/etc/tagservice/kafka/ca/root.pem',
      KAFKA_TLS_CERTIFICATE_FILE: '/etc/tagservice/kafka/certificate/tls.crt',
      KAFKA_TLS_KEY_FILE: '/etc/tagservice/kafka/certificate/tls.key',
      KAFKA_SASL_MECHANISM: 'PLAIN',
      KAFKA_SASL_USERNAME_FILE: '/etc/tagservice/kafka/login/username',
      KAFKA_SASL_PASSWORD_FILE: '/etc/tagservice/kafka/login/password',
    });
    expect(volumes.map(({ name, secret }) => [name, secret.secretName, secret.items.map(({ key }) => key)])).toEqual([
      ['kafka-ca', 'ca', ['root.pem']],
      ['kafka-certificate', 'client', ['tls.crt', 'tls.key']],
      ['kafka-login', 'login', ['username', 'password']],
    ]);
    expect(mounts.map(({ name, mountPath }) => [name, mountPath])).toEqual([
      ['kafka-ca', '/etc/tagservice/kafka/ca'],
      ['kafka-certificate', '/etc/tagservice/kafka/certificate'],
      ['kafka-login', '/etc/tagservice/kafka/login'],
    ]);
    expect(mounts.every((mount) => !('subPath' in mount))).toBe(true);
  });

  it('uses only variables that the applications know', () => {
    const known: string[] = Object.values(environmentNames);
    const { env } = accessWith({ tls: {}, sasl: { mechanism: 'PLAIN', secretRef: { name: 'login' } } });
    expect(Object.keys(env).filter((name) => !known.includes(name))).toEqual([]);
  });
});
