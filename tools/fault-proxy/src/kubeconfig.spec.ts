import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { KubeconfigError } from './errors.ts';
import { readKubeconfig, renderKubeconfig } from './kubeconfig.ts';

let home: string;
beforeEach(() => {
  home = mkdtempSync(join(tmpdir(), 'kubeconfig-spec-'));
});
afterEach(() => {
  rmSync(home, { recursive: true, force: true });
});

const write = (user: object, cluster: object = { server: 'https://127.0.0.1:6443' }): string => {
  const path = join(home, 'config');
  const config = {
    clusters: [{ name: 'c', cluster }],
    users: [{ name: 'u', user }],
    contexts: [
      { name: 'x', context: { cluster: 'c', user: 'u' } },
      { name: 'broken', context: { cluster: 'no' } },
    ],
    'current-context': 'x',
  };
  writeFileSync(path, JSON.stringify(config));
  return path;
};
const base64 = (text: string): string => Buffer.from(text).toString('base64');

describe('the kubeconfig of the API server', () => {
  it('gives certificates that are written into it', () => {
    const path = write(
      { 'client-certificate-data': base64('cert'), 'client-key-data': base64('key') },
      { server: 'https://h:1/prefix', 'certificate-authority-data': base64('ca'), 'tls-server-name': 'name' },
    );
    const config = readKubeconfig(path);
    expect(config.server.href).toBe('https://h:1/prefix');
    expect(config.tls).toEqual({
      ca: Buffer.from('ca'),
      cert: Buffer.from('cert'),
      key: Buffer.from('key'),
      servername: 'name',
    });
    expect(config.authorization()).toBeUndefined();
  });

  it('gives certificates from files beside it', () => {
    writeFileSync(join(home, 'ca.crt'), 'ca');
    const config = readKubeconfig(write({}, { server: 'https://h', 'certificate-authority': 'ca.crt' }));
    expect(config.tls).toEqual({ ca: Buffer.from('ca') });
    expect(readKubeconfig(write({}, { server: 'https://h', 'insecure-skip-tls-verify': true })).tls).toEqual({
      rejectUnauthorized: false,
    });
  });

  it('gives tokens, also from a file that changes, and passwords', () => {
    expect(readKubeconfig(write({ token: 't' })).authorization()).toBe('Bearer t');
    writeFileSync(join(home, 'token'), 'one\n');
    const config = readKubeconfig(write({ tokenFile: 'token' }));
    expect(config.authorization()).toBe('Bearer one');
    writeFileSync(join(home, 'token'), 'two');
    expect(config.authorization()).toBe('Bearer two');
    expect(readKubeconfig(write({ username: 'a', password: 'b' })).authorization()).toBe(`Basic ${base64('a:b')}`);
  });

  it('is refused, by name, when it cannot be used', () => {
    expect(() => readKubeconfig(join(home, 'absent'))).toThrow(KubeconfigError);
    expect(() => readKubeconfig(write({}), 'broken')).toThrow(/broken/);
    expect(() => readKubeconfig(write({}), 'nowhere')).toThrow(/nowhere/);
    expect(() => readKubeconfig(write({ exec: { command: 'x' } }))).toThrow(/plugin/);
    expect(() => readKubeconfig(write({ 'client-key': 'absent.key' }))).toThrow(/absent\.key/);
    writeFileSync(join(home, 'text'), 'just text');
    expect(() => readKubeconfig(join(home, 'text'))).toThrow(KubeconfigError);
  });
});

describe('the kubeconfig of an entrance', () => {
  it('can be read back', () => {
    const path = join(home, 'entrance');
    writeFileSync(path, renderKubeconfig({ name: 'a', url: 'http://127.0.0.1:1' }));
    expect(readKubeconfig(path)).toMatchObject({
      server: new URL('http://127.0.0.1:1'),
      tls: { rejectUnauthorized: false },
    });
    writeFileSync(join(home, 'token'), 'secret');
    writeFileSync(
      path,
      renderKubeconfig({
        name: 'a',
        url: 'https://127.0.0.1:1',
        ca: 'pem',
        user: { token: 'old', tokenFile: join(home, 'token') },
      }),
    );
    const config = readKubeconfig(path);
    expect(config.tls).toEqual({ ca: Buffer.from('pem') });
    expect(config.authorization()).toBe('Bearer secret');
  });
});
