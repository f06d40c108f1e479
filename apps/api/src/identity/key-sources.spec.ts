import { mkdtemp, rename, rm, symlink, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { RequestListener, Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fileKeys, remoteKeys } from './key-sources.ts';

describe('keys that an issuer publishes', () => {
  let server: Server | undefined;
  afterEach(() => {
    server?.closeAllConnections();
    server?.close();
  });

  async function issuer(listener: RequestListener): Promise<string> {
    const made = createServer(listener);
    server = made;
    await new Promise((listening) => made.listen(0, '127.0.0.1', () => listening(undefined)));
    return `http://127.0.0.1:${String((made.address() as AddressInfo).port)}/jwks.json`;
  }

  it('are read as they are', async () => {
    const url = await issuer((_, response) => response.end('{"keys":[]}'));
    expect(await remoteKeys(url).read()).toBe('{"keys":[]}');
  });

  it('are asked for at most every half minute, and looked at every ten minutes', () => {
    expect(remoteKeys('http://127.0.0.1:1')).toMatchObject({ coolDownMs: 30_000, maximumAgeMs: 600_000 });
  });

  it.each([
    ['refuses', (_, response) => response.writeHead(403).end('no'), '403'],
    ['sends elsewhere', (_, response) => response.writeHead(302, { location: 'http://127.0.0.1:1/' }).end(), 'fetch'],
    ['is broken', (_, response) => response.destroy(), 'fetch'],
    ['sends without end', (_, response) => flood(response), 'bytes'],
    ['never answers', () => undefined, 'timeout'],
    ['sends a byte and no more', (_, response) => response.write('{'), 'timeout'],
  ] satisfies readonly [string, RequestListener, string][])(
    'are not read from an issuer that %s',
    async (_, listener, why) => {
      const url = await issuer(listener);
      await expect(remoteKeys(url, { timeoutMs: 300 }).read()).rejects.toThrow(why);
    },
  );
});

function flood(response: Parameters<RequestListener>[1]): void {
  const more = () => {
    while (!response.destroyed && response.write('x'.repeat(65_536)));
  };
  response.on('drain', more);
  more();
}

describe('keys in a mounted file', () => {
  let folder: string;
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'keys-'));
  });
  afterEach(() => rm(folder, { recursive: true }));

  it('are read anew after the file was swapped as Kubernetes swaps it', async () => {
    const path = join(folder, 'jwks.json');
    await writeFile(join(folder, 'one'), 'first');
    await symlink(join(folder, 'one'), path);
    const source = fileKeys(path);
    expect(await source.read()).toBe('first');
    await writeFile(join(folder, 'two'), 'second');
    await symlink(join(folder, 'two'), join(folder, 'next'));
    await rename(join(folder, 'next'), path);
    expect(await source.read()).toBe('second');
  });

  it('that are not there, or that are too large, are an error', async () => {
    await expect(fileKeys(join(folder, 'none')).read()).rejects.toThrow('ENOENT');
    await writeFile(join(folder, 'large'), 'x'.repeat(300_000));
    await expect(fileKeys(join(folder, 'large')).read()).rejects.toThrow('more than');
  });
});
