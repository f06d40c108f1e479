import { ApiError, type Secret } from '@tagservice/controller-runtime';
import { beforeEach, describe, expect, it } from 'vitest';
import { CertificateRaceError, sharedCertificate } from './certificate-store.ts';

const DAY_MS = 86_400_000;
const hosts = ['tagservice-operator.system.svc'];

let stored: Secret | undefined;
let version: number;
let writes: string[];
/** Runs before a write, as another replica that is quicker. */
let meanwhile: (() => void) | undefined;

beforeEach(() => {
  [stored, version, writes, meanwhile] = [undefined, 0, [], undefined];
});

function store(data: Secret['data']): void {
  version += 1;
  stored = { metadata: { name: 'cert', uid: 'u', resourceVersion: String(version) }, data } as Secret;
}

const refusal = (reason: string) => Promise.reject(new ApiError({ code: 409, reason }, 'PUT'));
const client = {
  find: () => Promise.resolve(stored),
  create: (_resource: unknown, { data }: Secret) => {
    meanwhile?.();
    writes.push('create');
    if (stored !== undefined) return refusal('AlreadyExists');
    store(data);
    return Promise.resolve(stored);
  },
  update: (_resource: unknown, { metadata, data }: Secret) => {
    meanwhile?.();
    writes.push('update');
    if (metadata.resourceVersion !== stored?.metadata.resourceVersion) return refusal('Conflict');
    store(data);
    return Promise.resolve(stored);
  },
};

const certificate = (now = 0) =>
  sharedCertificate({ client: client as never, namespace: 'system', secret: 'cert', hosts, now: () => now });

describe('the certificate of all replicas', () => {
  it('is made once and read by everybody else', async () => {
    const made = await certificate();
    expect(await certificate()).toEqual(made);
    expect(writes).toEqual(['create']);
    expect(Buffer.from(stored?.data?.['tls.crt'] ?? '', 'base64').toString()).toBe(made.certificate);
  });

  it('is the one of the replica that was quicker', async () => {
    const other = await certificate();
    const data = stored?.data;
    stored = undefined;
    meanwhile = () => {
      meanwhile = undefined;
      store(data);
    };
    expect(await certificate()).toEqual(other);
  });

  it('is made anew before its end, and the former authority stays trusted until the next time', async () => {
    const former = await certificate();
    const renewed = await certificate(3_650 * DAY_MS);
    expect(renewed.certificate).not.toBe(former.certificate);
    expect(renewed.ca).toContain(former.ca.trim());
    expect(writes).toEqual(['create', 'update']);
  });

  it('is made anew when somebody broke it', async () => {
    store({ 'tls.crt': Buffer.from('rubbish').toString('base64') });
    expect((await certificate()).certificate).toContain('BEGIN CERTIFICATE');
    expect(writes).toEqual(['update']);
  });

  it('is given up for this round when others overwrite it again and again', async () => {
    store({});
    meanwhile = () => {
      store({});
    };
    await expect(certificate()).rejects.toBeInstanceOf(CertificateRaceError);
    expect(writes).toHaveLength(4);
  });
});
