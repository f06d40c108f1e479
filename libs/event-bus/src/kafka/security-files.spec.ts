import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { securityFromFiles } from './security-files.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'security-'));
});
afterEach(() => {
  rmSync(folder, { recursive: true });
});

const file = (name: string, content: string): string => {
  const path = join(folder, name);
  writeFileSync(path, content);
  return path;
};
const login = (password: string) => ({
  mechanism: 'SCRAM-SHA-512' as const,
  usernameFile: file('username', 'app\n'),
  passwordFile: file('password', password),
});

describe('what secures connections', () => {
  it('is read from mounted secrets, without the line break that an editor adds', () => {
    const source = securityFromFiles({ sasl: login(' pass word \r\n') });
    expect(source()).toEqual({ sasl: { mechanism: 'SCRAM-SHA-512', username: 'app', password: ' pass word ' } });
  });

  it('is what the files hold at the time of a connection', () => {
    const source = securityFromFiles({ sasl: login('old') });
    file('password', 'new');
    expect(source().sasl?.password).toBe('new');
  });

  it('is TLS by the roots of Node where no authority is given, and by what is given else', () => {
    expect(securityFromFiles({ tls: {} })()).toEqual({ tls: {} });
    const tls = {
      caFile: file('ca.crt', 'CA'),
      certificateFile: file('tls.crt', 'CERT'),
      keyFile: file('tls.key', 'KEY'),
    };
    expect(securityFromFiles({ tls })()).toEqual({ tls: { ca: 'CA', cert: 'CERT', key: 'KEY' } });
  });

  it('is nothing where nothing is mounted', () => {
    expect(securityFromFiles({})()).toEqual({});
  });

  it('that is missing is named by its path, and no value with it', () => {
    const source = securityFromFiles({ sasl: { ...login('hush'), usernameFile: join(folder, 'absent') } });
    expect(() => source()).toThrow(/absent/);
    expect(() => source()).not.toThrow(/hush/);
  });
});
