import fc from 'fast-check';
import { createServer, type AddressInfo, type Server } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { AccessFailure, ConnectionFailure } from './errors.ts';
import { addressOf, endpointOf, failureOf, openSocket } from './socket.ts';

let server: Server | undefined;
afterEach(() => server?.close());

async function listening(): Promise<number> {
  server = createServer((socket) => socket.on('error', () => undefined).end());
  await new Promise<void>((resolve) => server?.listen(0, '127.0.0.1', resolve));
  return (server?.address() as AddressInfo).port;
}

describe('an address', () => {
  it('is read as it is written, with names, IPv4 and IPv6', () => {
    const host = fc.oneof(fc.domain(), fc.ipV4(), fc.ipV6());
    fc.assert(
      fc.property(host, fc.integer({ min: 1, max: 65_535 }), (name, port) => {
        expect(endpointOf(addressOf({ host: name, port }))).toEqual({ host: name, port });
      }),
    );
  });
});

describe('a socket', () => {
  it.each([
    ['of a broker that gives an impossible port', { host: 'broker', port: 70_000 }],
    ['of a broker that gives none', { host: 'broker', port: -1 }],
    ['of an address without a port', endpointOf('broker')],
    ['of a broker that does not say where it is', { host: '', port: 9092 }],
  ])('%s is a failure of the connection', async (_name, endpoint) => {
    const opening = openSocket(endpoint, undefined, 100);
    await expect(opening).rejects.toBeInstanceOf(ConnectionFailure);
    await expect(opening).rejects.toThrow(/is no address of a broker/);
  });

  it('that breaks before its first use ends no process, and keeps what Node itself listens for', async () => {
    const socket = await openSocket({ host: '127.0.0.1', port: await listening() }, undefined, 1_000);
    expect(socket.listenerCount('error')).toBeGreaterThan(0);
    socket.emit('error', new TypeError('reset'));
    expect(socket.destroyed).toBe(true);
  });

  it.each([
    ['ECONNRESET', ConnectionFailure],
    ['CERT_HAS_EXPIRED', AccessFailure],
    ['ERR_SSL_TLSV13_ALERT_CERTIFICATE_REQUIRED', AccessFailure],
    ['ERR_TLS_CERT_ALTNAME_INVALID', AccessFailure],
  ])('that fails with %s says whom to ask', (code, kind) => {
    const failure = failureOf({ host: '::1', port: 9093 }, Object.assign(new TypeError('why'), { code }));
    expect(failure).toBeInstanceOf(kind);
    expect(failure.message).toBe('[::1]:9093: why');
  });
});
