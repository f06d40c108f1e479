import { startApiServer, type ApiServer } from '@tagservice/cluster';
import { ApiError, ConfigMap, connect, ConnectionError, type KubeClient } from '@tagservice/controller-runtime';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { startFaultProxy } from './proxy.ts';
import type { Crash, Entrance, Fault, FaultProxy, HistoryEntry } from './types.ts';

let api: ApiServer;
let proxy: FaultProxy;
let direct: KubeClient;
let entrance: Entrance;
let client: KubeClient;
let run = 0;

beforeAll(async () => {
  api = await startApiServer();
  direct = connect({ kubeconfig: api.kubeconfig, userAgent: 'direct/1' });
  proxy = await startFaultProxy({ kubeconfig: api.kubeconfig });
});
beforeEach(async () => {
  run += 1;
  entrance = await proxy.open(`client-${String(run)}`);
  client = connect({ kubeconfig: entrance.kubeconfig, userAgent: 'test/1', timeoutMs: 5_000 });
});
afterEach(async () => {
  await client.close();
  await entrance.close();
  expect(entrance.active).toBe(0);
});
afterAll(async () => {
  await proxy.close();
  await direct.close();
  await api.stop();
});

const key = (name = 'a') => ({ namespace: 'default', name: `run-${String(run)}-${name}` });
const make = (by: KubeClient, name = 'a') => by.create(ConfigMap, { metadata: key(name), data: { a: 'b' } });
const isStored = async (name = 'a'): Promise<boolean> => (await direct.find(ConfigMap, key(name))) !== undefined;
const last = (): HistoryEntry => proxy.history.at(-1)!;
const add = (fault: Fault, more: { write?: number; times?: number } = { write: 1 }) =>
  entrance.faults.add({ match: more.write === undefined ? {} : { write: more.write }, ...more, fault });
/** A request as it is on the wire, past the client's retries. */
const wire = (path: string, init: RequestInit = {}): Promise<Response> => fetch(`${entrance.url}${path}`, init);
const configMaps = '/api/v1/namespaces/default/configmaps';

describe('a request without a fault', () => {
  it('is done, answered and recorded', async () => {
    const made = await client.create(ConfigMap, { metadata: key(), data: { a: 'b' } }, { fieldManager: 'me' });
    expect(last()).toMatchObject({
      entrance: entrance.name,
      verb: 'create',
      resource: 'configmaps',
      ...key(),
      fieldManager: 'me',
      write: 1,
      code: 201,
      answered: 201,
      answerVersion: made.metadata.resourceVersion,
      sent: 1,
      faults: [],
      body: { data: { a: 'b' } },
    });
    expect(last().ended!).toBeGreaterThanOrEqual(last().at);
    expect(proxy.newestVersion).toBe(made.metadata.resourceVersion);
    expect(Number(await proxy.version())).toBeGreaterThanOrEqual(Number(made.metadata.resourceVersion));
  });

  it('numbers the writes of each client for itself', async () => {
    const other = await proxy.open(`other-${String(run)}`);
    const second = connect({ kubeconfig: other.kubeconfig, userAgent: 'test/1' });
    try {
      await make(client, 'a');
      await make(second, 'b');
      await client.get(ConfigMap, key('a'));
      await client.delete(ConfigMap, key('a'));
      expect([entrance.writes, other.writes]).toEqual([2, 1]);
    } finally {
      await second.close();
      await other.close();
    }
  });

  it('keeps the server’s refusals as they are', async () => {
    await expect(client.get(ConfigMap, key('absent'))).rejects.toMatchObject({ code: 404, reason: 'NotFound' });
    expect(last()).toMatchObject({ code: 404, answered: 404, faults: [] });
  });

  it('keeps tokens and Secrets out of the history', async () => {
    const secret = { metadata: { name: key().name }, stringData: { word: 'geheim-1' }, data: { a: 'Z2VoZWltLTI=' } };
    const headers = { 'content-type': 'application/json', authorization: 'Bearer geheim-3' };
    const made = await wire('/api/v1/namespaces/default/secrets', {
      method: 'POST',
      headers,
      body: JSON.stringify(secret),
    });
    expect(made.status).toBe(201);
    expect(JSON.stringify(proxy.history)).not.toMatch(/geheim|Z2Vo/);
    expect(last().body).toMatchObject({ stringData: { word: '(redacted)' } });
  });
});

describe('a crash', () => {
  const crashes = async (when: 'before' | 'after' | 'lost-response') => {
    const told: Crash[] = [];
    entrance.onCrash = (crash) => told.push(crash);
    await make(client, 'first');
    add({ kind: 'crash', when }, { write: 2 });
    const outcome = await make(client, 'second').then(
      () => 'answered',
      (error: unknown) => error,
    );
    expect(told).toMatchObject([{ when, request: { write: 2, name: key('second').name } }]);
    expect(entrance.state).toBe('cut');
    await expect(client.get(ConfigMap, key('first'))).rejects.toThrow(ConnectionError);
    return outcome;
  };

  it('before a write: it never happens', async () => {
    expect(await crashes('before')).toBeInstanceOf(ConnectionError);
    expect(await isStored('second')).toBe(false);
    expect(await isStored('first')).toBe(true);
  });

  it('after a write: it is done and answered, then nothing more gets through', async () => {
    expect(await crashes('after')).toBe('answered');
    expect(await isStored('second')).toBe(true);
    expect(proxy.history.findLast(({ write }) => write === 2)).toMatchObject({ code: 201, answered: 201 });
  });

  it('with the response lost: it is done, the client does not know', async () => {
    expect(await crashes('lost-response')).toBeInstanceOf(ConnectionError);
    expect(await isStored('second')).toBe(true);
    expect(proxy.history.findLast(({ write }) => write === 2)).toMatchObject({
      code: 201,
      fault: { kind: 'crash', when: 'lost-response' },
    });
  });

  it('of the nth write of a kind leaves the others alone; a healed entrance is as new', async () => {
    const rule = {
      match: { verb: 'delete', resource: 'configmaps' },
      skip: 1,
      fault: { kind: 'crash', when: 'before' },
    } as const;
    const handle = entrance.faults.add(rule);
    for (const name of ['a', 'b']) await make(client, name);
    await client.delete(ConfigMap, key('a'));
    await expect(client.delete(ConfigMap, key('b'))).rejects.toThrow(ConnectionError);
    await handle.used();
    entrance.heal();
    await client.delete(ConfigMap, key('b'));
    expect(entrance.state).toBe('open');
  });
});

describe('an answer instead of the server’s', () => {
  it.each([401, 403, 404, 409, 410, 422, 500, 502, 503, 504])(
    '%i is what the client gets, and nothing is done',
    async (code) => {
      add({ kind: 'answer', code }, {});
      await expect(make(client)).rejects.toMatchObject({ code });
      expect(await isStored()).toBe(false);
      expect(last()).toMatchObject({ sent: 0, answered: code, fault: { kind: 'answer', code } });
      await expect(make(client)).rejects.toBeInstanceOf(ApiError);
    },
  );

  it('429 says when to come again', async () => {
    add({ kind: 'answer', code: 429, retryAfterSeconds: 3 });
    const answer = await wire(configMaps, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ metadata: { name: key().name } }),
    });
    expect(answer.status).toBe(429);
    expect(answer.headers.get('retry-after')).toBe('3');
    expect(await answer.json()).toMatchObject({ reason: 'TooManyRequests', details: { retryAfterSeconds: 3 } });
  });

  it('may come after it was done all the same', async () => {
    add({ kind: 'answer', code: 504, done: true });
    await expect(make(client)).rejects.toMatchObject({ code: 504 });
    expect(await isStored()).toBe(true);
    expect(last()).toMatchObject({ code: 201, answered: 504 });
  });
});

describe('time', () => {
  it.each(['request', 'answer'] as const)('a delay of the %s makes everything take so long', async (on) => {
    add({ kind: 'delay', ms: 300, on });
    const making = make(client);
    if (on === 'answer') await expect.poll(() => isStored(), { timeout: 5_000, interval: 10 }).toBe(true);
    await making;
    expect(last().ended! - last().at).toBeGreaterThanOrEqual(299);
  });

  it('a request whose client left during the delay is never done', async () => {
    add({ kind: 'delay', ms: 400 });
    await expect(client.create(ConfigMap, { metadata: key() }, { timeoutMs: 50 })).rejects.toThrow(ConnectionError);
    await expect.poll(() => entrance.active, { timeout: 5_000 }).toBe(0);
    expect(last()).toMatchObject({ sent: 0, error: 'the client closed the connection' });
    expect(await isStored()).toBe(false);
  });

  it('a slow answer trickles, and comes at once when the rule goes', async () => {
    await make(direct);
    const rule = add({ kind: 'slow', bytesPerSecond: 20 }, {});
    const answer = await wire(`${configMaps}/${key().name}`);
    const reader = answer.body!.getReader();
    const started = performance.now();
    let bytes = 0;
    while (bytes < 6) bytes += (await reader.read()).value!.length;
    expect(performance.now() - started).toBeGreaterThan(150);
    expect(bytes).toBeLessThan(20);
    rule.remove();
    for (let part = await reader.read(); !part.done; part = await reader.read()) bytes += part.value.length;
    expect(bytes).toBeGreaterThan(100);
    expect(performance.now() - started).toBeLessThan(4_000);
  });

  it('the Date header can be wrong', async () => {
    const date = async (): Promise<number> => Date.parse((await wire('/version')).headers.get('date')!);
    entrance.shiftDate(-3_600_000);
    expect(Math.abs((await date()) - (Date.now() - 3_600_000))).toBeLessThan(5_000);
    entrance.shiftDate(0);
    expect(Math.abs((await date()) - Date.now())).toBeLessThan(5_000);
  });
});

describe('a broken connection', () => {
  it('before the server saw the request', async () => {
    add({ kind: 'drop' });
    await expect(make(client)).rejects.toThrow(ConnectionError);
    expect(last()).toMatchObject({ sent: 0 });
    expect(last().answered).toBeUndefined();
    expect(await isStored()).toBe(false);
    expect(entrance.state).toBe('open');
    await make(client);
  });

  it('before the answer', async () => {
    add({ kind: 'lose-response' });
    await expect(make(client)).rejects.toThrow(ConnectionError);
    expect(await isStored()).toBe(true);
    await expect(make(client)).rejects.toMatchObject({ reason: 'AlreadyExists' });
  });

  it.each([
    ['clean', /JSON|end of/i],
    ['reset', /terminated|closed|other side/i],
  ] as const)('in the middle of the answer: %s', async (end, said) => {
    await make(direct);
    add({ kind: 'truncate', bytes: 30, end }, {});
    const answer = await wire(`${configMaps}/${key().name}`);
    expect(answer.status).toBe(200);
    await expect(answer.json()).rejects.toThrow(said);
    await expect(client.get(ConfigMap, key())).rejects.toThrow(ConnectionError);
  });
});

describe('a request sent twice', () => {
  it('is done twice; the client sees the answer to the first', async () => {
    add({ kind: 'duplicate' });
    await make(client);
    expect(last()).toMatchObject({ sent: 2, answered: 201, code: 409 });
  });

  it('or that to the second', async () => {
    add({ kind: 'duplicate', deliver: 'second' });
    await expect(make(client)).rejects.toMatchObject({ reason: 'AlreadyExists' });
    expect(await isStored()).toBe(true);
  });
});

describe('a held request', () => {
  it.each([
    ['request', false],
    ['headers', true],
    ['body', true],
  ] as const)('from the %s on: done before it is released? %s', async (from, done) => {
    const hold = add({ kind: 'hold', from });
    let settled = false;
    const making = make(client).finally(() => (settled = true));
    await hold.used();
    if (done) await expect.poll(() => last().code, { timeout: 5_000, interval: 10 }).toBe(201);
    expect(await isStored()).toBe(done);
    expect(settled).toBe(false);
    hold.remove();
    await making;
    expect(await isStored()).toBe(true);
  });

  it('ends with its client; what was not begun is not done', async () => {
    const hold = add({ kind: 'hold', from: 'request' });
    await expect(client.create(ConfigMap, { metadata: key() }, { timeoutMs: 50 })).rejects.toThrow(ConnectionError);
    await expect.poll(() => entrance.active, { timeout: 5_000 }).toBe(0);
    hold.remove();
    expect(last()).toMatchObject({ sent: 0, error: 'the client closed the connection' });
    expect(await isStored()).toBe(false);
  });
});
