import { request } from 'node:https';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { issueCertificate } from './certificate-issuer.ts';
import { makeServingCertificate } from './certificates.ts';
import type { ServingCertificate } from './serving-certificate.ts';
import { MetricsListenError, startMetricsServer, type MetricsServer } from './server.ts';

const host = 'operator.system.svc';
let server: MetricsServer;
let serving: ServingCertificate;
let frontProxy: ServingCertificate;
let stranger: ServingCertificate;
const answered: number[] = [];

type Reply = { status: number; body: { message?: string; ok?: boolean } };

function ask(client: ServingCertificate | undefined, { path = '/apis', method = 'GET' } = {}): Promise<Reply> {
  return new Promise((resolve, reject) => {
    const identity = client === undefined ? {} : { cert: client.certificate, key: client.key };
    const call = request(
      {
        host: '127.0.0.1',
        port: server.port,
        path,
        method,
        ca: serving.ca,
        servername: host,
        agent: false,
        ...identity,
      },
      (response) => {
        const chunks: Buffer[] = [];
        response.on('data', (chunk: Buffer) => chunks.push(chunk));
        response.on('end', () => {
          resolve({
            status: response.statusCode ?? 0,
            body: JSON.parse(Buffer.concat(chunks).toString()) as Reply['body'],
          });
        });
      },
    );
    call.on('error', reject);
    call.end();
  });
}

beforeAll(async () => {
  const now = Date.now();
  serving = await makeServingCertificate([host], now);
  const usage = 'clientAuth';
  frontProxy = await issueCertificate(['front-proxy-client'], { now, usage });
  stranger = await issueCertificate(['front-proxy-client'], { now, usage });
  server = await startMetricsServer({
    port: 0,
    trust: { serving, clients: { ca: frontProxy.ca, allowedNames: ['front-proxy-client'] } },
    answer: (url) =>
      url === '/boom' ? Promise.reject(new TypeError('boom')) : Promise.resolve({ status: 200, body: { ok: true } }),
    answered: (status) => answered.push(status),
  });
});

afterAll(async () => {
  await server.close();
});

describe('the server of the metrics API', () => {
  it('answers nobody without a certificate of the front proxy', async () => {
    expect(await ask(undefined)).toMatchObject({
      status: 401,
      body: { message: expect.stringContaining('ask through the API server') },
    });
    expect(await ask(stranger)).toMatchObject({ status: 401 });
  });

  it('answers the API server', async () => {
    expect(await ask(frontProxy)).toEqual({ status: 200, body: { ok: true } });
    expect(answered.at(-1)).toBe(200);
  });

  it('answers only names that are allowed', async () => {
    server.renew({ serving, clients: { ca: frontProxy.ca, allowedNames: ['somebody-else'] } });
    expect(await ask(frontProxy)).toMatchObject({
      status: 401,
      body: { message: expect.stringContaining('front-proxy-client') },
    });
    server.renew({ serving, clients: { ca: frontProxy.ca, allowedNames: [] } });
    expect(await ask(frontProxy)).toMatchObject({ status: 200 });
  });

  it('lets nobody write, and survives an error', async () => {
    expect(await ask(frontProxy, { method: 'POST' })).toMatchObject({ status: 405 });
    expect(await ask(frontProxy, { path: '/boom' })).toMatchObject({ status: 500, body: { message: 'boom' } });
    expect(await ask(frontProxy)).toMatchObject({ status: 200 });
  });

  it('uses renewed certificates from the next connection on', async () => {
    const next = await makeServingCertificate([host], Date.now());
    server.renew({ serving: next, clients: { ca: frontProxy.ca, allowedNames: [] } });
    await expect(ask(undefined)).rejects.toThrow();
    serving = next;
    expect((await ask(frontProxy)).status).toBe(200);
  });

  it('says which port is taken', async () => {
    const trust = { serving, clients: { ca: frontProxy.ca, allowedNames: [] } };
    const second = startMetricsServer({
      port: server.port,
      trust,
      answer: () => Promise.reject(new TypeError()),
      answered: () => undefined,
    });
    await expect(second).rejects.toThrow(MetricsListenError);
    await expect(second).rejects.toThrow(`port ${String(server.port)} cannot be used`);
  });
});
