import { freePorts } from '@tagservice/testbed';
import { afterEach, describe, expect, it } from 'vitest';
import { unsecured, type SecuritySource } from '../security.ts';
import { WireCluster } from './cluster.ts';
import { AccessFailure, BrokerError, ConnectionFailure } from './errors.ts';
import {
  createPartitions,
  findCoordinator,
  listGroups,
  metadata,
  saslAuthenticate,
  saslHandshake,
} from './requests.ts';
import { offered, script, scriptedBroker, type Answer, type ScriptedBroker } from './testing/scripted-broker.ts';

const brokers: ScriptedBroker[] = [];
let cluster: WireCluster;
afterEach(() => {
  cluster.close();
  for (const broker of brokers.splice(0)) broker.close();
});

/** A broker that says which brokers there are, `nodes` by id, and that the first of them decides. */
async function broker(id: number, more: [unknown, Answer][] = []): Promise<ScriptedBroker> {
  const view = () => ({
    throttleMs: 0,
    brokers: brokers.map(({ host, port }, index) => ({ id: index + 1, host, port, rack: null })),
    cluster: 'c',
    controller: 1,
    topics: [],
    operations: 0,
  });
  const groups = () => ({
    throttleMs: 0,
    error: 0,
    groups: [{ group: `of ${String(id)}`, protocol: 'consumer', state: 'Stable' }],
  });
  const one = await scriptedBroker(script(offered, [metadata, view], [listGroups, groups], ...more));
  brokers.push(one);
  return one;
}

function open(addresses: readonly string[], security: SecuritySource = unsecured): WireCluster {
  cluster = new WireCluster({
    brokers: addresses,
    clientId: 'test',
    security,
    connectTimeoutMs: 500,
    requestTimeoutMs: 300,
  });
  return cluster;
}

const at = ({ host, port }: { host: string; port: number }): string => `${host}:${String(port)}`;
const groupOf = async (id: number): Promise<string | undefined> =>
  (await cluster.node(id, listGroups, { states: [] })).groups[0]?.group;

describe('a cluster of brokers', () => {
  it('is reached by any address that answers', async () => {
    const [dead] = await freePorts(1);
    const one = await broker(1);
    expect((await open([`127.0.0.1:${String(dead)}`, at(one)]).metadata([])).cluster).toBe('c');
  });

  it('is asked at the broker that is meant, over one connection to each', async () => {
    const one = await broker(1);
    await broker(2);
    await open([at(one)]).metadata([]);
    expect([await groupOf(1), await groupOf(2), await groupOf(2)]).toEqual(['of 1', 'of 2', 'of 2']);
    expect(brokers.map(({ connections }) => connections())).toEqual([1, 1]);
  });

  it('is asked for changes at the broker that decides', async () => {
    const asked: number[] = [];
    const grow = (id: number): [unknown, Answer] => [
      createPartitions,
      () => {
        asked.push(id);
        return { throttleMs: 0, topics: [] };
      },
    ];
    await broker(1, [grow(1)]);
    const two = await broker(2, [grow(2)]);
    await open([at(two)]).controller(createPartitions, { topics: [], timeoutMs: 1, validateOnly: false });
    expect(asked).toEqual([1]);
  });

  it('is connected to anew after a broker has hung up', async () => {
    const one = await broker(1);
    await open([at(one)]).metadata([]);
    one.hangUp();
    await expect.poll(() => groupOf(1).catch((error: unknown) => error)).toBe('of 1');
    expect(one.connections()).toBeGreaterThan(1);
  });

  it('is asked elsewhere when the broker of before is gone for good', async () => {
    const one = await broker(1);
    const two = await broker(2);
    await open([at(one)]).metadata([]);
    one.close();
    brokers.splice(0, 1, two);
    await expect.poll(() => cluster.metadata([]).then(({ cluster: id }) => id, String)).toBe('c');
  });

  it('tells first who refuses us, and only then who is away', async () => {
    const [dead] = await freePorts(1);
    const handshake: [unknown, Answer] = [saslHandshake, () => ({ error: 0, mechanisms: ['PLAIN'] })];
    const refusal = () => ({ error: 58, message: 'no', data: Buffer.alloc(0), lifetimeMs: 0n });
    const one = await broker(1, [handshake, [saslAuthenticate, refusal]]);
    const login = () => ({ sasl: { mechanism: 'PLAIN', username: 'u', password: 'p' } }) as const;
    const asking = open([`127.0.0.1:${String(dead)}`, at(one)], login).metadata([]);
    await expect(asking).rejects.toBeInstanceOf(AccessFailure);
  });

  it('names the addresses when none answers', async () => {
    const [one, two] = await freePorts(2);
    const asking = open([`127.0.0.1:${String(one)}`, `127.0.0.1:${String(two)}`]).metadata([]);
    await expect(asking).rejects.toThrow(`127.0.0.1:${String(one)}`);
    await expect(asking).rejects.toBeInstanceOf(ConnectionFailure);
  });

  it('knows no broker that does not run', async () => {
    await open([at(await broker(1))]).metadata([]);
    await expect(cluster.node(9, listGroups, { states: [] })).rejects.toThrow('broker 9 is not among the running ones');
  });

  it('says what keeps it from naming a coordinator, and that it passes', async () => {
    const none = () => ({ throttleMs: 0, error: 15, message: null, id: -1, host: '', port: -1 });
    const asking = open([at(await broker(1, [[findCoordinator, none]]))]).coordinatorOf('g');
    await expect(asking).rejects.toMatchObject({ code: 'COORDINATOR_NOT_AVAILABLE', retriable: true });
    await expect(asking).rejects.toBeInstanceOf(BrokerError);
  });

  it('is asked over a new connection when a login is about to end, and what is under way is answered all the same', async () => {
    const handshake: [unknown, Answer] = [saslHandshake, () => ({ error: 0, mechanisms: ['PLAIN'] })];
    const accepted = () => ({ error: 0, message: null, data: Buffer.alloc(0), lifetimeMs: 50n });
    const found = { throttleMs: 0, error: 0, message: null, id: 1, host: '127.0.0.1', port: 9 };
    const held: (() => void)[] = [];
    const late: [unknown, Answer] = [findCoordinator, () => new Promise((answer) => held.push(() => answer(found)))];
    const one = await broker(1, [handshake, [saslAuthenticate, accepted], late]);
    open([at(one)], () => ({ sasl: { mechanism: 'PLAIN', username: 'u', password: 'p' } }));
    const waiting = cluster.any(findCoordinator, { key: 'g', kind: 0 });
    await expect.poll(() => held.length).toBe(1);
    await expect.poll(() => cluster.metadata([]).then(() => one.connections())).toBeGreaterThan(1);
    for (const answer of held) answer();
    expect(await waiting).toMatchObject({ id: 1 });
    await expect.poll(() => one.open()).toBe(1);
  });

  it('is of no use once closed', async () => {
    await open([at(await broker(1))]).metadata([]);
    cluster.close();
    await expect(cluster.metadata([])).rejects.toThrow('the client is closed');
  });
});
