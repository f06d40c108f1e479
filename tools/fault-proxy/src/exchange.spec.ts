import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { resetSocket } from './exchange.ts';

let server: Server;
let accepted: Socket;
let client: Socket;
let seen: Promise<string>;

beforeEach(async () => {
  server = createServer().listen(0, '127.0.0.1');
  const connected = once(server, 'connection') as Promise<[Socket]>;
  await once(server, 'listening');
  client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  const ended = new Promise<string>((resolve) => client.once('end', () => resolve('end')));
  const failed = new Promise<string>((resolve) => client.once('error', ({ message }) => resolve(message)));
  seen = Promise.race([ended, failed]);
  client.resume();
  [accepted] = await connected;
  accepted.on('error', () => undefined);
});
afterEach(() => {
  client.destroy();
  server.close();
});

describe('resetting a connection', () => {
  const closed = (): Promise<unknown> => once(accepted, 'close', { signal: AbortSignal.timeout(5_000) });

  it('lets the other side see a reset', async () => {
    const over = closed();
    resetSocket(accepted);
    await over;
    expect(await seen).toContain('ECONNRESET');
  });

  // Node marks a handle as closed that libuv refuses to reset, and then turns for ever at the end of the process.
  it('leaves nothing of one that is just being ended', async () => {
    const over = closed();
    accepted.end();
    resetSocket(accepted);
    await over;
    expect(await seen).toBe('end');
  });

  it('may come after the end', async () => {
    accepted.allowHalfOpen = true;
    accepted.end();
    await once(accepted, 'finish');
    const over = closed();
    resetSocket(accepted);
    await over;
    expect(accepted.destroyed).toBe(true);
  });
});
