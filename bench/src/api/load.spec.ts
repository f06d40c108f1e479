import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { once } from 'node:events';
import { afterEach, describe, expect, it } from 'vitest';
import { answerLength, sendLoad } from './load.ts';

let server: Server;
afterEach(() => {
  server.closeAllConnections();
  server.close();
});

async function serve(answer: (count: number) => { status: number; body: string }) {
  const seen: string[] = [];
  server = createServer((request, response) => {
    seen.push(request.url ?? '');
    const { status, body } = answer(seen.length);
    response.writeHead(status, { 'content-length': Buffer.byteLength(body) }).end(body);
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  return { seen, port: (server.address() as AddressInfo).port };
}

describe('a load', () => {
  it('sends exactly the requests that it should, also where answers come in pieces', async () => {
    const { port, seen } = await serve(() => ({ status: 200, body: 'ü'.repeat(200_000) }));
    await sendLoad({ port, path: '/a?b=c', requests: 37, connections: 4 });
    expect(seen).toEqual(Array(37).fill('/a?b=c'));
  });

  it('fails at the first answer that is not 200', async () => {
    const { port } = await serve((count) => ({ status: count === 5 ? 503 : 200, body: 'x' }));
    await expect(sendLoad({ port, path: '/', requests: 20, connections: 1 })).rejects.toThrow(/503/);
  });
});

describe('the length of an answer', () => {
  it('is known when its head is there', async () => {
    await serve(() => ({ status: 200, body: '' }));
    expect(answerLength(Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 3\r\n'))).toBeUndefined();
    expect(answerLength(Buffer.from('HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\na'))).toBe(41);
    expect(() => answerLength(Buffer.from('HTTP/1.1 200 OK\r\n\r\n'))).toThrow(/no length/);
  });
});
