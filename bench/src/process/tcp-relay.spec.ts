import { Agent, createServer, get } from 'node:http';
import type { AddressInfo } from 'node:net';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { startTcpRelay, type TcpRelay } from './tcp-relay.ts';

const server = createServer((request, response) => response.end(`you asked for ${request.url ?? ''}`));
let relay: TcpRelay;

function ask(path: string, agent: Agent): Promise<string> {
  return new Promise((resolve, reject) => {
    get({ host: '127.0.0.1', port: relay.port, path, agent }, (response) => {
      let text = '';
      response.setEncoding('utf8').on('data', (chunk: string) => (text += chunk));
      response.on('end', () => {
        resolve(text);
      });
    }).on('error', reject);
  });
}

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  relay = await startTcpRelay((server.address() as AddressInfo).port);
});

afterAll(async () => {
  await relay.close();
  server.close();
});

describe('a relay', () => {
  it('passes bytes on and counts a connection once, however many requests use it', async () => {
    const agent = new Agent({ keepAlive: true, maxSockets: 1 });
    const before = relay.opened;
    expect(await ask('/a', agent)).toBe('you asked for /a');
    expect(await ask('/b', agent)).toBe('you asked for /b');
    expect(relay.opened - before).toBe(1);
    expect(relay.open).toBe(1);
    agent.destroy();
    await vi.waitFor(() => {
      expect(relay.open).toBe(0);
    });
  });

  it('counts each connection of a client that opens one per request', async () => {
    const before = relay.opened;
    for (const path of ['/1', '/2', '/3']) await ask(path, new Agent({ keepAlive: false }));
    expect(relay.opened - before).toBe(3);
  });
});
