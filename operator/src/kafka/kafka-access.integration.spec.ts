import { Event, Secret } from '@tagservice/controller-runtime';
import type { TagServiceSpecInput } from '@tagservice/crd';
import { startKafka, testAuthority, type TestAuthority, type TestKafka } from '@tagservice/testbed';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import {
  applyService,
  conditionOf,
  ensureNamespace,
  smallSpec,
  startHarness,
  waitForStatus,
  type Harness,
} from '../../test/harness.ts';
import { TagServices } from '../resource.ts';

const user = { username: 'operator', password: 'first hush' };
const where = { namespace: 'secured', name: 'demo' };
const secrets = ['first hush', 'second hush', 'wrong hush'];

let harness: Harness;
let kafka: TestKafka;
let authority: TestAuthority;

beforeAll(async () => {
  authority = await testAuthority();
  [harness, kafka] = await Promise.all([
    startHarness({ controllerManager: false }),
    startKafka({ tls: { authority, clientCertificates: true }, sasl: user }),
  ]);
  await ensureNamespace(harness.client, where.namespace);
});

afterAll(async () => {
  await harness.stop();
  await kafka.stop();
});

async function putSecret(name: string, data: Readonly<Record<string, string>>): Promise<void> {
  const encoded = Object.fromEntries(
    Object.entries(data).map(([key, value]) => [key, Buffer.from(value).toString('base64')]),
  );
  const desired = { metadata: { namespace: where.namespace, name }, data: encoded };
  await harness.client.apply(Secret, desired, { fieldManager: 'test' });
}

const putLogin = (password: string): Promise<void> => putSecret('login', { username: user.username, password });

async function topicsReady(reason: string, message: string): Promise<void> {
  await waitForStatus(harness.client, where, (_status, object) => {
    const condition = conditionOf(object, 'TopicsReady');
    expect(condition).toMatchObject({ reason });
    expect(condition?.message).toContain(message);
  });
}

describe('a service whose Kafka wants TLS, certificates and a login', () => {
  const spec = (): TagServiceSpecInput => {
    const small = smallSpec(kafka.address);
    return {
      ...small,
      kafka: {
        ...small.kafka,
        tls: { caSecretRef: { name: 'ca' }, certificateSecretRef: { name: 'client' } },
        sasl: { mechanism: 'SCRAM-SHA-512', secretRef: { name: 'login' } },
      },
    };
  };

  it('is told which Secret is missing, then which key, one after the other', async () => {
    await applyService(harness.client, { ...where, spec: spec() });
    await topicsReady('SecretIncomplete', 'Secret ca, which spec.kafka.tls.caSecretRef names, does not exist');
    await putSecret('ca', { 'ca.crt': authority.ca });
    await topicsReady(
      'SecretIncomplete',
      'Secret client, which spec.kafka.tls.certificateSecretRef names, does not exist',
    );
    await putSecret('client', { 'tls.crt': authority.client.cert });
    await topicsReady('SecretIncomplete', 'lacks tls.key');
    await putSecret('client', { 'tls.crt': authority.client.cert, 'tls.key': authority.client.key });
    await topicsReady('SecretIncomplete', 'Secret login, which spec.kafka.sasl.secretRef names, does not exist');
  });

  it('is told that the broker refuses a wrong password', async () => {
    await putLogin('wrong hush');
    await topicsReady('KafkaAccessRefused', 'refuses the login');
  });

  it('gets its topics as soon as the password is right', async () => {
    await putLogin(user.password);
    await topicsReady('TopicsAsDeclared', 'are as declared');
  });

  it('goes on after a rotation of the password, without a restart of the operator', async () => {
    await kafka.setPassword({ ...user, password: 'second hush' });
    await kafka.restart();
    await vi.waitFor(
      async () => {
        expect(conditionOf(await harness.client.get(TagServices, where), 'LagKnown')).toMatchObject({
          status: 'False',
        });
      },
      { timeout: 50_000, interval: 200 },
    );
    await putLogin('second hush');
    await waitForStatus(harness.client, where, (_status, object) => {
      expect(conditionOf(object, 'LagKnown')).toMatchObject({ status: 'True' });
      expect(conditionOf(object, 'TopicsReady')).toMatchObject({ status: 'True' });
    });
  });

  it('shows no password and no key in its status and events', async () => {
    const object = await harness.client.get(TagServices, where);
    const { items } = await harness.client.list(Event, { namespace: where.namespace });
    const told = JSON.stringify([object, items]);
    for (const secret of [...secrets, authority.client.key.slice(40, 80)]) expect(told).not.toContain(secret);
  });
});
