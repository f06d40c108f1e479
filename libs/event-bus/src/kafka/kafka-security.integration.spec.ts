import { startKafka, testAuthority, type TestAuthority, type TestKafka } from '@tagservice/testbed';
import { randomUUID } from 'node:crypto';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import type { TopicAdmin } from '../topic-admin.port.ts';
import { kafkaEventBus } from './kafka-event-bus.ts';
import { kafkaTopicAdmin } from './kafka-topic-admin.ts';
import type { KafkaSecurity, SaslMechanism, SecuritySource } from './security.ts';
import { securityFromFiles } from './security-files.ts';

const user = { username: 'operator', password: 'first secret' };
const within = { timeout: 20_000, interval: 50 };

let kafka: TestKafka;
let authority: TestAuthority;
let stranger: TestAuthority;
const open: TopicAdmin[] = [];

function admin(security: SecuritySource): TopicAdmin {
  const one = kafkaTopicAdmin({ brokers: [kafka.address], clientId: 'secured', security, timeoutMs: 8_000 });
  open.push(one);
  return one;
}

afterEach(async () => {
  for (const one of open.splice(0)) await one.close();
});

/** Makes a topic, writes a message over kafkajs, reads it back, and takes the topic away. */
async function roundTrip(security: KafkaSecurity): Promise<string[]> {
  const name = `t-${randomUUID()}`;
  const topics = admin(() => security);
  const bus = kafkaEventBus({ brokers: [kafka.address], clientId: 'secured', security: () => security });
  const seen: string[] = [];
  try {
    await topics.create({ name, partitions: 1, replicationFactor: 1, configs: {} });
    await bus.publish(name, [{ key: 'a', value: 'hello' }]);
    await bus.subscribe({
      topics: [name],
      group: `g-${randomUUID()}`,
      concurrency: 1,
      handle: ({ value }) => Promise.resolve(void seen.push(Buffer.from(value ?? []).toString())),
      onCrash: () => undefined,
    });
    await expect.poll(() => seen, within).toHaveLength(1);
    expect(await topics.lag(name, 'nobody')).toMatchObject({ kind: 'known', total: 1 });
    return seen;
  } finally {
    await bus.close();
    await topics.delete(name);
  }
}

const refusal = async (security: KafkaSecurity): Promise<Error> => {
  const failed = await admin(() => security)
    .brokers()
    .catch((error: unknown) => error as Error);
  if (!(failed instanceof Error)) throw new Error('it was let in');
  return failed;
};

beforeAll(async () => {
  [authority, stranger] = await Promise.all([testAuthority(), testAuthority('a stranger')]);
});

describe('Kafka behind TLS that wants certificates of its clients', () => {
  beforeAll(async () => {
    kafka = await startKafka({ tls: { authority, clientCertificates: true } });
  });
  afterAll(() => kafka.stop());

  it('is used by whoever has one', async () => {
    const { ca, client } = authority;
    expect(await roundTrip({ tls: { ca, ...client } })).toEqual(['hello']);
  });

  it.each([
    ['shows no certificate', () => ({ ca: authority.ca }), /certificate|alert/i],
    ['shows one of a stranger', () => ({ ca: authority.ca, ...stranger.client }), /certificate|alert/i],
    ['trusts somebody else', () => ({ ca: stranger.ca, ...authority.client }), /certificate|signature/i],
    ['trusts only the roots of the world', () => ({ ...authority.client }), /certificate/i],
  ])('refuses who %s, and says that it is about certificates', async (_name, tls, message) => {
    const failure = await refusal({ tls: tls() });
    expect(failure).toMatchObject({ name: 'BusAccessRefused', message: expect.stringMatching(message) as string });
    expect(failure.message).toContain(kafka.address);
  });

  it('says to a plain connection that TLS may be wanted', async () => {
    expect((await refusal({})).message).toMatch(/speak TLS|closed the connection/);
  });
});

describe('Kafka behind TLS and a login', () => {
  beforeAll(async () => {
    kafka = await startKafka({ tls: { authority }, sasl: user });
  });
  afterAll(() => kafka.stop());
  const secured = (mechanism: SaslMechanism, login = user): KafkaSecurity => ({
    tls: { ca: authority.ca },
    sasl: { mechanism, ...login },
  });

  it.each(['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'] as const)('is used with %s', async (mechanism) => {
    expect(await roundTrip(secured(mechanism))).toEqual(['hello']);
  });

  it.each(['PLAIN', 'SCRAM-SHA-256', 'SCRAM-SHA-512'] as const)(
    'refuses a wrong password for %s without telling it',
    async (mechanism) => {
      const failure = await refusal(secured(mechanism, { ...user, password: 'not the secret' }));
      expect(failure).toMatchObject({ name: 'BusAccessRefused' });
      expect(failure.message).toMatch(/refuses the login/);
      expect(JSON.stringify([failure.message, failure.stack])).not.toContain('not the secret');
    },
  );

  it('is used with a new password from a rotated file, by connections made after', async () => {
    const folder = await mkdtemp(join(tmpdir(), 'tagservice-secret-'));
    const at = (name: string): string => join(folder, name);
    const write = async (password: string): Promise<void> => {
      await writeFile(at('password'), `${password}\n`);
    };
    await Promise.all([
      writeFile(at('ca.crt'), authority.ca),
      writeFile(at('username'), user.username),
      write(user.password),
    ]);
    const security = securityFromFiles({
      tls: { caFile: at('ca.crt') },
      sasl: { mechanism: 'SCRAM-SHA-512', usernameFile: at('username'), passwordFile: at('password') },
    });
    const bus = kafkaEventBus({ brokers: [kafka.address], clientId: 'rotated', security });
    const topics = admin(security);
    await bus.ping();
    expect(await topics.brokers()).toHaveLength(1);
    const name = `t-${randomUUID()}`;
    await topics.create({ name, partitions: 1, replicationFactor: 1, configs: {} });
    const seen: string[] = [];
    await bus.subscribe({
      topics: [name],
      group: `g-${randomUUID()}`,
      concurrency: 1,
      handle: ({ value }) => Promise.resolve(void seen.push(Buffer.from(value ?? []).toString())),
      onCrash: (error) => seen.push(`crash: ${String(error)}`),
    });
    const publish = (value: string) =>
      bus.publish(name, [{ key: 'a', value }]).then(
        () => 'published',
        (error: unknown) => String(error),
      );
    await publish('before');
    await expect.poll(() => seen, within).toEqual(['before']);
    await kafka.setPassword({ ...user, password: 'second secret' });
    await kafka.restart();
    await expect.poll(() => bus.ping().catch((error: unknown) => String(error)), within).toMatch(/auth/i);
    await write('second secret');
    await expect.poll(() => bus.ping().catch((error: unknown) => String(error)), within).toBeUndefined();
    await expect.poll(() => topics.brokers().catch((error: unknown) => String(error)), within).toEqual([{ id: 1 }]);
    await expect.poll(() => publish('after'), within).toBe('published');
    await expect.poll(() => seen.at(-1), within).toBe('after');
    expect(seen.filter((one) => one.startsWith('crash'))).toEqual([]);
    await bus.close();
    await rm(folder, { recursive: true });
  });
});

describe('Kafka with a login over plain text', () => {
  beforeAll(async () => {
    kafka = await startKafka({ sasl: user });
  });
  afterAll(() => kafka.stop());

  it('is used with SCRAM, which sends no password', async () => {
    expect(await roundTrip({ sasl: { mechanism: 'SCRAM-SHA-256', ...user } })).toEqual(['hello']);
  });
});
