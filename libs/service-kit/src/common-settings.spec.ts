import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { readCommonSettings } from './common-settings.ts';

const minimal = {
  KAFKA_BROKERS: 'kafka-0.kafka:9092,kafka-1.kafka:9092',
  KAFKA_TOPIC_PREFIX: 'tags.demo',
  REDIS_URL: 'redis://demo-redis-primary.tags.svc:6379',
};

describe('the settings that every process has', () => {
  it('need brokers, a topic prefix and Redis; everything else has a default', () => {
    expect(readCommonSettings(minimal)).toMatchObject({
      service: 'tagservice',
      namespace: 'default',
      metricsPort: 9090,
      kafka: {
        brokers: ['kafka-0.kafka:9092', 'kafka-1.kafka:9092'],
        topicPrefix: 'tags.demo',
        clientId: 'tagservice',
      },
      redis: { url: minimal.REDIS_URL, acknowledgingReplicas: 0 },
      logLevel: 'info',
      tracing: { endpoint: undefined, sampleRatio: 0.05 },
    });
  });

  it('report all that is missing together', () => {
    expect(() => readCommonSettings({})).toThrow(/KAFKA_BROKERS.*\n.*KAFKA_TOPIC_PREFIX.*\n.*REDIS_URL/);
  });

  it.each([
    ['KAFKA_BROKERS', 'kafka'],
    ['KAFKA_BROKERS', 'kafka:9092,,'],
    ['KAFKA_BROKERS', 'http://kafka:9092'],
    ['KAFKA_TOPIC_PREFIX', 'tags/demo'],
    ['REDIS_URL', 'http://demo-redis:6379'],
    ['LOG_LEVEL', 'verbose'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'collector:4318'],
    ['OTEL_SAMPLE_RATIO', '2'],
    ['METRICS_PORT', '70000'],
    ['REDIS_ACKNOWLEDGING_REPLICAS', '-1'],
  ])('refuse %s=%s by name', (name, value) => {
    expect(() => readCommonSettings({ ...minimal, [name]: value })).toThrow(name);
  });

  it('name the files with certificates and the login for Kafka, and have none of it unless it is asked for', () => {
    expect(readCommonSettings(minimal).kafka).not.toHaveProperty('tls');
    expect(readCommonSettings(minimal).kafka).not.toHaveProperty('sasl');
    const { kafka } = readCommonSettings({
      ...minimal,
      KAFKA_TLS: 'true',
      KAFKA_TLS_CA_FILE: '/k/ca.crt',
      KAFKA_SASL_MECHANISM: 'SCRAM-SHA-512',
      KAFKA_SASL_USERNAME_FILE: '/k/username',
      KAFKA_SASL_PASSWORD_FILE: '/k/password',
    });
    expect(kafka).toMatchObject({
      tls: { caFile: '/k/ca.crt' },
      sasl: { mechanism: 'SCRAM-SHA-512', usernameFile: '/k/username', passwordFile: '/k/password' },
    });
  });

  it.each([
    [{ KAFKA_TLS: 'yes' }, 'KAFKA_TLS'],
    [{ KAFKA_SASL_MECHANISM: 'MD5' }, 'KAFKA_SASL_MECHANISM'],
    [{ KAFKA_SASL_MECHANISM: 'PLAIN' }, 'KAFKA_SASL_USERNAME_FILE: is needed for PLAIN'],
    [
      { KAFKA_SASL_MECHANISM: 'PLAIN', KAFKA_SASL_USERNAME_FILE: '/k/u' },
      'KAFKA_SASL_PASSWORD_FILE: is needed for PLAIN',
    ],
  ])('refuse half a login for Kafka: %j', (more, message) => {
    expect(() => readCommonSettings({ ...minimal, ...more })).toThrow(message);
  });

  it('do not print a Redis URL, which may hold a password', () => {
    const bad = () => readCommonSettings({ ...minimal, REDIS_URL: 'http://:hunter2@redis' });
    expect(bad).toThrow('REDIS_URL');
    expect(bad).not.toThrow('hunter2');
  });

  it('name the password file instead of what is in it, so that it can be read again', () => {
    const folder = mkdtempSync(join(tmpdir(), 'secret-'));
    try {
      const file = join(folder, 'password');
      writeFileSync(file, 'swordfish');
      const { redis } = readCommonSettings({ ...minimal, REDIS_PASSWORD_FILE: file, REDIS_PASSWORD: 'other' });
      expect(redis).toEqual({ url: minimal.REDIS_URL, passwordFile: file, acknowledgingReplicas: 0 });
    } finally {
      rmSync(folder, { recursive: true });
    }
    expect(() => readCommonSettings({ ...minimal, REDIS_PASSWORD_FILE: '/nowhere' })).toThrow('REDIS_PASSWORD_FILE');
    expect(readCommonSettings({ ...minimal, REDIS_PASSWORD: 'swordfish' }).redis.password).toBe('swordfish');
  });
});
