import { chmodSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ConfigMap } from '../api/builtin.ts';
import { FakeClock } from '../clock/fake-clock.ts';
import { client, failure, key, last, open, reopen, server, useClient } from '../testing/client-fixture.ts';
import { configMap, json, refuse } from '../testing/scripted-server.ts';
import { ConfigurationError } from './errors.ts';

useClient();

describe('credentials', () => {
  const bearer = () => last().headers.authorization;

  it('come from the chosen context', async () => {
    expect(await client.target()).toEqual({ server: server.url, namespace: 'home' });
    const other = open({ context: 'other' });
    expect((await other.target()).namespace).toBe('elsewhere');
    await other.close();
    await expect(open({ context: 'nowhere' }).target()).rejects.toThrow(
      /no context nowhere; the kubeconfig has scripted, other/,
    );
  });

  it('say which file cannot be used, and are looked for again with the next request', async () => {
    const later = join(server.home, 'later');
    const absent = open({ kubeconfig: later });
    const failed = await failure(absent.get(ConfigMap, key));
    expect(failed).toBeInstanceOf(ConfigurationError);
    expect(String(failed)).toContain(later);
    writeFileSync(later, readFileSync(server.kubeconfig));
    expect((await absent.get(ConfigMap, key)).metadata.name).toBe('a');
    await absent.close();
  });

  it('are sent as a token, or as name and password', async () => {
    server.authenticateBy({ token: 't0' });
    reopen();
    await client.get(ConfigMap, key);
    expect(bearer()).toBe('Bearer t0');
    server.authenticateBy({ username: 'u', password: 'p' });
    reopen();
    await client.get(ConfigMap, key);
    expect(bearer()).toBe(`Basic ${Buffer.from('u:p').toString('base64')}`);
  });

  it('are read anew when the server does not accept them any more', async () => {
    const tokenFile = join(server.home, 'token');
    writeFileSync(tokenFile, 'first\n');
    server.authenticateBy({ tokenFile });
    reopen();
    let accepted = 'Bearer first';
    server.answer((request, response) => {
      if (request.headers.authorization === accepted) json(response, configMap('a', 1));
      else refuse(response, 401, { reason: 'Unauthorized' });
    });
    await client.get(ConfigMap, key);
    // The token was rotated: a write is safe to send again, since it was not accepted.
    accepted = 'Bearer second';
    writeFileSync(tokenFile, 'second\n');
    await client.create(ConfigMap, { metadata: key });
    expect(bearer()).toBe('Bearer second');
    expect(server.connections, 'a new token needs no new connection').toBeLessThanOrEqual(2);
    accepted = 'Bearer none';
    expect(await failure(client.get(ConfigMap, key))).toMatchObject({ code: 401 });
  });

  it('come from a token file that is read again while it is good, and before an old token is refused', async () => {
    const clock = new FakeClock();
    writeFileSync(join(server.home, 'rotating'), 'first\n');
    server.authenticateBy({ tokenFile: 'rotating', token: 'not this one' });
    reopen({ clock });
    await client.get(ConfigMap, key);
    expect(bearer()).toBe('Bearer first');
    writeFileSync(join(server.home, 'rotating'), 'second\n');
    await client.get(ConfigMap, key);
    expect(bearer()).toBe('Bearer first');
    await clock.advance(10_000);
    await client.get(ConfigMap, key);
    expect(bearer()).toBe('Bearer second');
    expect(server.connections).toBeLessThanOrEqual(2);
  });

  it('say so when a token file is gone', async () => {
    server.authenticateBy({ tokenFile: join(server.home, 'nowhere') });
    reopen();
    expect(await failure(client.get(ConfigMap, key))).toBeInstanceOf(ConfigurationError);
  });

  it('make new connections when the certificate authority changes, and only then', async () => {
    const clock = new FakeClock();
    const authority = join(server.home, 'ca.crt');
    writeFileSync(authority, 'first');
    server.authenticateBy({}, { 'certificate-authority': authority });
    reopen({ clock, connections: 1 });
    await client.get(ConfigMap, key);
    await clock.advance(60_000);
    await client.get(ConfigMap, key);
    expect(server.connections).toBe(1);
    writeFileSync(authority, 'second');
    await clock.advance(9_999);
    await client.get(ConfigMap, key);
    expect(server.connections).toBe(1);
    await clock.advance(1);
    await client.get(ConfigMap, key);
    expect(server.connections).toBe(2);
  });

  it('come from a plugin, which is run again when its token has expired or was refused', async () => {
    const plugin = join(server.home, 'plugin');
    const counter = join(server.home, 'count');
    writeFileSync(
      plugin,
      `#!/bin/sh\necho x >> ${counter}\nprintf '{"apiVersion":"client.authentication.k8s.io/v1","kind":"ExecCredential","status":{"token":"run-%s"}}' "$(wc -l < ${counter} | tr -d ' ')"\n`,
    );
    chmodSync(plugin, 0o755);
    server.authenticateBy({ exec: { apiVersion: 'client.authentication.k8s.io/v1', command: plugin } });
    reopen();
    await Promise.all([client.get(ConfigMap, key), client.get(ConfigMap, key)]);
    expect(bearer()).toBe('Bearer run-1');
    server.answer((request, response) => {
      if (request.headers.authorization === 'Bearer run-1') refuse(response, 401);
      else json(response, configMap('a', 1));
    });
    await client.get(ConfigMap, key);
    expect(bearer()).toBe('Bearer run-2');
  });

  it('take no longer than the time limit of the request, even when a plugin hangs', async () => {
    const plugin = join(server.home, 'plugin');
    // Ends by itself once the server's folder is gone: nobody else ends it.
    writeFileSync(plugin, `#!/bin/sh\nwhile [ -e ${plugin} ]; do sleep 0.1; done\n`);
    chmodSync(plugin, 0o755);
    server.authenticateBy({ exec: { apiVersion: 'client.authentication.k8s.io/v1', command: plugin } });
    reopen();
    expect(await failure(client.get(ConfigMap, key, { timeoutMs: 50 }))).toMatchObject({
      name: 'ConnectionError',
      timedOut: true,
    });
    const stop = new AbortController();
    const pending = failure(client.get(ConfigMap, key, { signal: stop.signal }));
    stop.abort(new TypeError('not needed any more'));
    expect(await pending).toBe(stop.signal.reason);
  });

  it('say so when a plugin fails', async () => {
    server.authenticateBy({ exec: { apiVersion: 'client.authentication.k8s.io/v1', command: '/nowhere/plugin' } });
    reopen();
    expect(await failure(client.get(ConfigMap, key))).toMatchObject({
      name: 'ConfigurationError',
      message: expect.stringContaining('/nowhere/plugin') as string,
    });
  });
});
