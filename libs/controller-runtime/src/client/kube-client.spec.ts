import { describe, expect, it } from 'vitest';
import { ConfigMap, Deployment } from '../api/builtin.ts';
import { client, failure, key, last, reopen, server, useClient } from '../testing/client-fixture.ts';
import { configMap, json, listOf, refuse } from '../testing/scripted-server.ts';
import { FakeClock } from '../clock/fake-clock.ts';
import { type ApiError, ConnectionError, FencedError, isAlreadyExists, isConflict, isNotFound } from './errors.ts';
import { until } from '../testing/eventually.ts';

useClient();

describe('requests', () => {
  it('say who asks', async () => {
    await client.get(ConfigMap, key);
    expect(last().headers).toMatchObject({ 'user-agent': 'test/1', accept: 'application/json' });
    expect(last().url.pathname).toBe('/api/v1/namespaces/default/configmaps/a');
  });

  it('share a few connections: 300 in a row use two at most, 300 at once use no more than the limit', async () => {
    await client.close();
    reopen({ connections: 4 });
    for (let i = 0; i < 300; i += 1) await client.get(ConfigMap, key);
    // The next request may start a moment before the connection of the last is free again.
    expect(server.connections).toBeLessThanOrEqual(2);
    await Promise.all(Array.from({ length: 300 }, async () => client.get(ConfigMap, key)));
    expect(server.connections).toBeLessThanOrEqual(4);
  });

  it('find nothing where get fails', async () => {
    server.answer((_request, response) => {
      refuse(response, 404, { reason: 'NotFound' });
    });
    expect(await client.find(ConfigMap, key)).toBeUndefined();
    expect(isNotFound(await failure(client.get(ConfigMap, key)))).toBe(true);
  });

  it('fill in what lists leave out of their items, and skip nulls', async () => {
    server.answer((_request, response) => {
      json(response, listOf(7, [{ metadata: { name: 'a' } }, null as unknown as object]));
    });
    const list = await client.list(ConfigMap);
    expect(list.resourceVersion).toBe('7');
    expect(list.items).toEqual([{ apiVersion: 'v1', kind: 'ConfigMap', metadata: { name: 'a' } }]);
  });

  it('apply with the manager, the force and strict validation that were asked for', async () => {
    await client.apply(ConfigMap, { metadata: key, data: { x: undefined, y: '1' } }, { fieldManager: 'test/one' });
    expect(last().method).toBe('PATCH');
    expect(last().headers['content-type']).toBe('application/apply-patch+yaml');
    expect(Object.fromEntries(last().url.searchParams)).toEqual({
      fieldManager: 'test/one',
      fieldValidation: 'Strict',
      force: 'true',
    });
    expect(JSON.parse(last().body)).toEqual({ apiVersion: 'v1', kind: 'ConfigMap', metadata: key, data: { y: '1' } });

    await client.applyStatus(
      Deployment,
      { metadata: key, status: { replicas: 1 } },
      { fieldManager: 'm', force: false, dryRun: true },
    );
    expect(last().url.pathname).toBe('/apis/apps/v1/namespaces/default/deployments/a/status');
    expect(Object.fromEntries(last().url.searchParams)).toMatchObject({ force: 'false', dryRun: 'All' });
  });

  it('delete with a precondition, in the background unless told otherwise', async () => {
    await client.delete(ConfigMap, key, { uid: 'u1' });
    expect(JSON.parse(last().body)).toEqual({
      apiVersion: 'v1',
      kind: 'DeleteOptions',
      propagationPolicy: 'Background',
      preconditions: { uid: 'u1' },
    });
    await client.delete(ConfigMap, key, { propagation: 'Foreground', gracePeriodSeconds: 0 });
    expect(JSON.parse(last().body)).toMatchObject({ propagationPolicy: 'Foreground', gracePeriodSeconds: 0 });
    expect(JSON.parse(last().body)).not.toHaveProperty('preconditions');
  });

  it('reach any other path, for JSON or text', async () => {
    server.answer((request, response) => {
      if (request.url.pathname === '/healthz') response.end('ok');
      else json(response, { path: request.url.pathname, q: request.url.searchParams.get('q') });
    });
    expect(await client.raw('/healthz')).toBe('ok');
    expect(await client.raw('/apis/x', { query: { q: 'a b', none: undefined } })).toEqual({
      path: '/apis/x',
      q: 'a b',
    });
  });

  it('are told to the observer, with their outcome', async () => {
    const seen: string[] = [];
    reopen({ observe: ({ method, code }) => seen.push(`${method} ${code.toString()}`) });
    await client.get(ConfigMap, key);
    server.answer((_request, response) => response.destroy());
    await failure(client.create(ConfigMap, { metadata: key }));
    expect(seen).toEqual(['GET 200', 'POST 0']);
  });
});

describe('urgent requests', () => {
  it('do not wait behind others that take all connections of the pool', async () => {
    reopen({ connections: 2 });
    server.answer((request, response) => {
      if (request.url.pathname.endsWith('/urgent')) json(response, configMap('urgent', 1));
    });
    const stop = new AbortController();
    const slow = Array.from({ length: 10 }, async () => failure(client.get(ConfigMap, key, { signal: stop.signal })));
    await until(() => {
      expect(server.requests).toHaveLength(2);
    });
    const urgent = { namespace: 'default', name: 'urgent' };
    expect((await client.get(ConfigMap, urgent, { urgent: true })).metadata.name).toBe('urgent');
    stop.abort(new TypeError('enough'));
    await Promise.all(slow);
  });
});

describe('errors', () => {
  it.each([
    [409, 'AlreadyExists', { alreadyExists: true, conflict: false }],
    [409, 'Conflict', { alreadyExists: false, conflict: true }],
    [422, 'Invalid', { alreadyExists: false, conflict: false }],
  ])('carry status %i and reason %s', async (code, reason, expected) => {
    server.answer((_request, response) => {
      refuse(response, code, { reason, message: 'no', details: { causes: [{ field: 'spec.x' }] } });
    });
    const error = (await failure(client.create(ConfigMap, { metadata: key }))) as ApiError;
    expect(error).toMatchObject({ name: 'ApiError', code, reason, details: { causes: [{ field: 'spec.x' }] } });
    expect({ alreadyExists: isAlreadyExists(error), conflict: isConflict(error) }).toEqual(expected);
    expect(error.message).toContain('POST /api/v1/namespaces/default/configmaps');
  });

  it('show what a proxy in between answered', async () => {
    server.answer((_request, response) => response.writeHead(502).end('<h1>Bad Gateway</h1>'));
    expect(await failure(client.get(ConfigMap, key))).toMatchObject({
      code: 502,
      reason: '',
      message: expect.stringContaining('Bad Gateway') as string,
    });
  });

  it('say so when the answer is no JSON although it should be', async () => {
    server.answer((_request, response) => response.end('{"kind":'));
    expect(await failure(client.get(ConfigMap, key))).toBeInstanceOf(ConnectionError);
    expect(await failure(client.raw('/apis/x'))).toBeInstanceOf(ConnectionError);
  });

  it('tell a time-out from other losses', async () => {
    server.answer(() => undefined);
    expect(await failure(client.get(ConfigMap, key, { timeoutMs: 30 }))).toMatchObject({
      name: 'ConnectionError',
      timedOut: true,
    });
  });

  it('end a request whose answer stops half-way', async () => {
    server.answer((_request, response) => response.writeHead(200, { 'content-length': '1000' }).write('{"kind"'));
    expect(await failure(client.get(ConfigMap, key, { timeoutMs: 30 }))).toMatchObject({ timedOut: true });
  });

  it("are the caller's own reason when the caller gives up", async () => {
    server.answer(() => undefined);
    const reason = new TypeError('not needed any more');
    const stop = new AbortController();
    const pending = failure(client.get(ConfigMap, key, { signal: stop.signal }));
    await until(() => {
      expect(server.requests).toHaveLength(1);
    });
    stop.abort(reason);
    expect(await pending).toBe(reason);
    expect(await failure(client.get(ConfigMap, key, { signal: stop.signal }))).toBe(reason);
  });
});

describe('trying again', () => {
  it('reads once more when the connection breaks, and does not repeat a write', async () => {
    let attempts = 0;
    server.answer((_request, response) => {
      attempts += 1;
      if (attempts % 2 === 1) response.destroy();
      else json(response, configMap('a', 1));
    });
    expect((await client.get(ConfigMap, key)).metadata.name).toBe('a');
    expect(attempts).toBe(2);
    expect(await failure(client.create(ConfigMap, { metadata: key }))).toBeInstanceOf(ConnectionError);
    expect(attempts).toBe(3);
  });

  it('waits as long as a busy server asks, then sends the request again', async () => {
    const clock = new FakeClock();
    reopen({ clock });
    let attempts = 0;
    server.answer((_request, response) => {
      attempts += 1;
      if (attempts === 1) refuse(response, 429, { reason: 'TooManyRequests', retryAfter: '3' });
      else json(response, configMap('a', 1));
    });
    const created = client.create(ConfigMap, { metadata: key });
    await until(() => {
      expect(clock.untilNext).toBe(3_000);
    });
    await clock.advance(3_000);
    expect((await created).metadata.name).toBe('a');
    expect(attempts).toBe(2);
  });

  it('leaves a server a pause that asks for none', async () => {
    server.answer((_request, response) => {
      refuse(response, 429, { retryAfter: '0' });
    });
    expect(await failure(client.get(ConfigMap, key, { timeoutMs: 400 }))).toMatchObject({ code: 429 });
    expect(server.requests.length).toBeGreaterThan(1);
    expect(server.requests.length).toBeLessThanOrEqual(5);
  });

  it('does not wait longer than its time limit, nor without being asked to', async () => {
    server.answer((_request, response) => {
      refuse(response, 429, { retryAfter: '60' });
    });
    expect(await failure(client.get(ConfigMap, key))).toMatchObject({ code: 429, retryAfterMs: 60_000 });
    server.answer((_request, response) => {
      refuse(response, 503);
    });
    const before = server.requests.length;
    expect(await failure(client.get(ConfigMap, key))).toMatchObject({ code: 503 });
    expect(server.requests.length - before).toBe(1);
  });
});

describe('the fence', () => {
  it('lets no write through when it is closed, and every read', async () => {
    let holds = true;
    client.fence(() => holds);
    await client.create(ConfigMap, { metadata: key });
    holds = false;
    const before = server.requests.length;
    expect(await failure(client.create(ConfigMap, { metadata: key }))).toBeInstanceOf(FencedError);
    expect(await failure(client.delete(ConfigMap, key))).toBeInstanceOf(FencedError);
    expect(await failure(client.apply(ConfigMap, { metadata: key }, { fieldManager: 'm' }))).toBeInstanceOf(
      FencedError,
    );
    expect(server.requests.length).toBe(before);
    await client.get(ConfigMap, key);
    await client.create(ConfigMap, { metadata: key }, { unfenced: true });
    expect(server.requests.length).toBe(before + 2);
  });

  it('is asked again before a write is repeated that a busy server refused', async () => {
    const clock = new FakeClock();
    reopen({ clock });
    let holds = true;
    client.fence(() => holds);
    server.answer((_request, response) => {
      refuse(response, 429, { retryAfter: '3' });
    });
    const outcome = failure(client.create(ConfigMap, { metadata: key }));
    await until(() => {
      expect(clock.untilNext).toBe(3_000);
    });
    holds = false;
    await clock.advance(3_000);
    expect(await outcome).toBeInstanceOf(FencedError);
    expect(server.requests).toHaveLength(1);
  });

  it('is asked when a write gets its connection, not when it began to wait for one', async () => {
    reopen({ connections: 1 });
    let holds = true;
    client.fence(() => holds);
    const answers: (() => void)[] = [];
    server.answer((_request, response) => {
      answers.push(() => {
        json(response, configMap('a', 1));
      });
    });
    const first = client.create(ConfigMap, { metadata: key });
    const waiting = [1, 2, 3].map(async () => failure(client.create(ConfigMap, { metadata: key })));
    const reading = client.get(ConfigMap, key);
    await until(() => {
      expect(answers).toHaveLength(1);
    });
    holds = false;
    answers.shift()?.();
    await first;
    for (const outcome of await Promise.all(waiting)) expect(outcome).toBeInstanceOf(FencedError);
    // Reads go on, over the same connection.
    await until(() => {
      expect(answers).toHaveLength(1);
    });
    answers.shift()?.();
    await reading;
    expect(server.requests.map(({ method }) => method)).toEqual(['POST', 'GET']);
    expect(server.connections).toBe(1);
  });
});
