import { afterEach, describe, expect, it } from 'vitest';
import type { KafkaSecurity } from '../security.ts';
import { openConnection, type Connection } from './connection.ts';
import { AccessFailure, ConnectionFailure, MalformedAnswer, UnsupportedRequest } from './errors.ts';
import { apiVersions, describeConsumerGroups, findCoordinator, saslAuthenticate, saslHandshake } from './requests.ts';
import {
  everything,
  offered,
  script,
  scriptedBroker,
  type Answer,
  type Script,
  type ScriptedBroker,
} from './testing/scripted-broker.ts';

const question = { key: 'group', kind: 0 };
const coordinator = { throttleMs: 0, error: 0, message: null, id: 4, host: 'broker', port: 9 };

let server: ScriptedBroker | undefined;
let connection: Connection | undefined;
afterEach(() => {
  connection?.close();
  server?.close();
});

const bound = (open: Connection) => ({ send: () => open.send(findCoordinator, question) });

/** A broker that answers by a script, and the options to reach it. */
async function broker(steps: Script, security: KafkaSecurity = {}) {
  server = await scriptedBroker(steps);
  const { host, port } = server;
  return {
    endpoint: { host, port },
    clientId: 'test',
    security: () => security,
    connectTimeoutMs: 500,
    requestTimeoutMs: 200,
  };
}

describe('a connection to a broker', () => {
  it('asks what the broker offers, and then asks away', async () => {
    connection = await openConnection(await broker(script(offered, [findCoordinator, () => coordinator])));
    const { send } = bound(connection);
    const answers = await Promise.all([send(), send(), send()]);
    expect(answers).toEqual([coordinator, coordinator, coordinator]);
  });

  it('is not made to a broker that is too old, which is told by what it lacks', async () => {
    const old = { error: 0, apis: everything.apis.map((api) => (api.key === 44 ? { ...api, max: 0 } : api)) };
    const opening = openConnection(await broker(script([apiVersions, () => old])));
    await expect(opening).rejects.toBeInstanceOf(UnsupportedRequest);
    await expect(opening).rejects.toThrow(/IncrementalAlterConfigs v1.*Kafka 2\.8 or later/);
  });

  it('is not made to a broker that answers in the oldest form, as those do that do not know ours', async () => {
    // UNSUPPORTED_VERSION, then one range: ApiVersions from 0 to 2.
    const oldest = Buffer.from([0, 35, 0, 0, 0, 1, 0, 18, 0, 0, 0, 2]);
    const opening = openConnection(await broker(script([apiVersions, () => oldest])));
    await expect(opening).rejects.toBeInstanceOf(UnsupportedRequest);
    await expect(opening).rejects.toThrow(/UNSUPPORTED_VERSION.*Kafka 2\.8 or later/);
  });

  it('knows what its broker does not offer, and is of use for the rest', async () => {
    connection = await openConnection(await broker(script(offered, [findCoordinator, () => coordinator])));
    const asking = connection.send(describeConsumerGroups, { groups: [], operations: false });
    await expect(asking).rejects.toBeInstanceOf(UnsupportedRequest);
    await expect(asking).rejects.toThrow('does not offer ConsumerGroupDescribe v1');
    expect(await connection.send(findCoordinator, question)).toEqual(coordinator);
  });

  it('ends with its request when no answer comes in time, so that a late one cannot be taken for another', async () => {
    connection = await openConnection(await broker(script(offered, [findCoordinator, () => 'nothing'])));
    await expect(connection.send(findCoordinator, question)).rejects.toThrow(
      'no answer to FindCoordinator within 200 ms',
    );
    expect(connection.usable).toBe(false);
    await expect(connection.send(findCoordinator, question)).rejects.toBeInstanceOf(ConnectionFailure);
  });

  it('tells all who wait when the broker closes it', async () => {
    connection = await openConnection(await broker(script(offered, [findCoordinator, () => 'close'])));
    const both = [connection.send(findCoordinator, question), connection.send(findCoordinator, question)];
    for (const one of both) await expect(one).rejects.toBeInstanceOf(ConnectionFailure);
  });

  it('is closed when an answer cannot be read', async () => {
    connection = await openConnection(await broker(script(offered, [findCoordinator, () => Buffer.from([1, 2])])));
    await expect(connection.send(findCoordinator, question)).rejects.toBeInstanceOf(MalformedAnswer);
    expect(connection.usable).toBe(false);
  });

  it('names address and cause when nobody listens', async () => {
    const options = await broker(script(offered));
    server?.close();
    await expect(openConnection(options)).rejects.toThrow(/127\.0\.0\.1:\d+.*ECONNREFUSED/);
  });

  it('names unusable certificates as what has to be changed', async () => {
    const opening = openConnection(await broker(script(offered), { tls: { ca: 'x', cert: 'no PEM', key: 'no PEM' } }));
    await expect(opening).rejects.toBeInstanceOf(AccessFailure);
  });
});

describe('a login over a connection', () => {
  const sasl = { mechanism: 'PLAIN', username: 'u', password: 'hush' } as const;
  const handshake = [saslHandshake, () => ({ error: 0, mechanisms: ['PLAIN'] })] as [unknown, Answer];
  const login = (more: object) =>
    [saslAuthenticate, () => ({ error: 0, message: null, data: Buffer.alloc(0), lifetimeMs: 0n, ...more })] as [
      unknown,
      Answer,
    ];

  it('lasts as long as the broker says; before that time is over the connection is no longer used', async () => {
    connection = await openConnection(await broker(script(offered, handshake, login({})), { sasl }));
    expect(connection.usable).toBe(true);
    connection.close();
    connection = await openConnection(await broker(script(offered, handshake, login({ lifetimeMs: 1n })), { sasl }));
    await expect.poll(() => connection?.usable).toBe(false);
  });

  it('that is refused says why, and never the password', async () => {
    const refused = login({ error: 58, message: 'Authentication failed: Invalid username or password' });
    const opening = openConnection(await broker(script(offered, handshake, refused), { sasl }));
    await expect(opening).rejects.toBeInstanceOf(AccessFailure);
    await expect(opening).rejects.toThrow(/refuses the login: Authentication failed: Invalid username or password$/);
    await expect(opening).rejects.not.toThrow('hush');
  });

  it('by a mechanism that the broker does not have names those it has', async () => {
    const other = [saslHandshake, () => ({ error: 33, mechanisms: ['SCRAM-SHA-512', 'OAUTHBEARER'] })] as [
      unknown,
      Answer,
    ];
    const opening = openConnection(await broker(script(offered, other), { sasl }));
    await expect(opening).rejects.toThrow('does not accept PLAIN, only SCRAM-SHA-512, OAUTHBEARER');
  });
});
