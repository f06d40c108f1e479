import type { KubeClient } from '@tagservice/controller-runtime';
import { beforeEach, describe, expect, it } from 'vitest';
import { service } from '../../test/fixtures.ts';
import { digestOf, type Content } from '../revision/inputs.ts';
import { kafkaSecrets, type KafkaSecrets } from './kafka-secrets.ts';

const demo = service({
  kafka: {
    brokers: ['k:1'],
    tls: { caSecretRef: { name: 'kafka-ca' }, certificateSecretRef: { name: 'kafka-client' } },
    sasl: { mechanism: 'SCRAM-SHA-512', secretRef: { name: 'kafka-login' } },
  },
});

let stored: Map<string, Record<string, string>>;
let followed: string[];
let reads: string[];
let secrets: KafkaSecrets;

const content = (name: string): Content => {
  const data = stored.get(name);
  if (data === undefined) return { kind: 'absent' };
  return { kind: 'known', digests: new Map(Object.entries(data).map(([key, value]) => [key, digestOf(value)])) };
};

beforeEach(() => {
  [followed, reads] = [[], []];
  stored = new Map([
    ['kafka-ca', { 'ca.crt': 'CA' }],
    ['kafka-client', { 'tls.crt': 'CERT', 'tls.key': 'KEY' }],
    ['kafka-login', { username: 'bob\n', password: 'hush\n' }],
  ]);
  const find = (_resource: unknown, { name }: { name: string }) => {
    reads.push(name);
    const data = stored.get(name);
    if (data === undefined) return Promise.resolve(undefined);
    const encoded = Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString('base64')]);
    return Promise.resolve({
      apiVersion: 'v1',
      kind: 'Secret',
      metadata: { name },
      data: Object.fromEntries(encoded) as object,
    });
  };
  secrets = kafkaSecrets({
    client: { find: find as unknown as KubeClient['find'] },
    contents: {
      follow: (_service, _namespace, references) => (followed = references.map(({ name }) => name)),
      read: (_namespace, { name }) => content(name),
      forget: () => undefined,
    },
  });
});

describe('access to Kafka', () => {
  it('is open when nothing is declared', async () => {
    const access = await secrets.access(service());
    expect(access.kind === 'known' && access.security()).toEqual({});
    expect(reads).toEqual([]);
  });

  it('is by TLS with public authorities when tls is empty', async () => {
    const access = await secrets.access(service({ kafka: { brokers: ['k:1'], tls: {} } }));
    expect(access.kind === 'known' && access.security()).toEqual({ tls: {} });
  });

  it('is what the Secrets hold, without the line break at the end', async () => {
    const access = await secrets.access(demo);
    expect(access.kind === 'known' && access.security()).toEqual({
      tls: { ca: 'CA', cert: 'CERT', key: 'KEY' },
      sasl: { mechanism: 'SCRAM-SHA-512', username: 'bob', password: 'hush' },
    });
    expect(followed).toEqual(['kafka-ca', 'kafka-client', 'kafka-login']);
  });

  it('is read once, and again when what a Secret holds has changed', async () => {
    const first = await secrets.access(demo);
    expect(await secrets.access(demo)).toBe(first);
    expect(reads).toHaveLength(3);
    stored.set('kafka-login', { username: 'bob', password: 'new' });
    const second = await secrets.access(demo);
    expect(second.kind === 'known' && second.security().sasl?.password).toBe('new');
    expect(second).not.toMatchObject({ fingerprint: first.kind === 'known' ? first.fingerprint : '' });
  });

  it.each([
    [
      'kafka-ca',
      undefined,
      /Secret kafka-ca, which spec\.kafka\.tls\.caSecretRef names, does not exist: create it with ca\.crt/,
    ],
    ['kafka-client', { 'tls.crt': 'CERT' }, /Secret kafka-client.* lacks tls\.key/],
    ['kafka-login', { username: 'bob', password: '' }, /Secret kafka-login.* lacks password or it is empty/],
  ])('stops at an incomplete Secret %s, naming it and the key', async (name, data, message) => {
    if (data === undefined) stored.delete(name);
    else stored.set(name, data);
    const access = await secrets.access(demo);
    expect(access).toMatchObject({
      kind: 'missing',
      outcome: { kind: 'stalled', reason: 'SecretIncomplete', message: expect.stringMatching(message) },
    });
    expect(JSON.stringify(access)).not.toContain('hush');
  });

  it('is another one when TLS is declared or left out while the login stays', async () => {
    const { sasl } = demo.spec.kafka;
    const declare = (tls?: object) => service({ kafka: { brokers: ['k:1'], sasl, ...(tls && { tls }) } as never });
    const plain = await secrets.access(declare());
    const secured = await secrets.access(declare({}));
    expect(secured.kind === 'known' && secured.security().tls).toEqual({});
    expect(secured).not.toMatchObject({ fingerprint: plain.kind === 'known' ? plain.fingerprint : '' });
    const plainAgain = await secrets.access(declare());
    expect(plainAgain.kind === 'known' && plainAgain.security()).not.toHaveProperty('tls');
  });

  it('tells nothing secret by its fingerprint', async () => {
    const access = await secrets.access(demo);
    expect(JSON.stringify(access)).not.toMatch(/hush|KEY|bob/);
  });
});
