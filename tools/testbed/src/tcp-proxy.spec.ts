import { connect, createServer, type Server, type Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it, vi } from 'vitest';
import { startTcpProxy, type TcpProxy } from './tcp-proxy.ts';

/** A server that answers each text with its own name before it. */
async function startEcho(name: string): Promise<{ server: Server; port: number; stop: () => Promise<void> }> {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket);
    socket.on('error', () => undefined);
    socket.on('data', (data) => socket.write(`${name}:${data.toString()}`));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const stop = async (): Promise<void> => {
    for (const socket of sockets) socket.destroy();
    await new Promise((resolve) => server.close(resolve));
  };
  return { server, port: typeof address === 'object' ? (address?.port ?? 0) : 0, stop };
}

function caller(port: number) {
  const socket = connect({ host: '127.0.0.1', port });
  const heard = { text: '', ended: '' };
  socket.on('data', (data) => (heard.text += data.toString()));
  socket.on('error', (error) => (heard.ended = (error as NodeJS.ErrnoException).code ?? 'error'));
  socket.on('close', () => (heard.ended ||= 'closed'));
  return { socket, heard, say: (text: string) => socket.write(text) };
}

describe('a proxy between two processes', () => {
  let [first, second] = [undefined, undefined] as unknown as Awaited<ReturnType<typeof startEcho>>[];
  let proxy: TcpProxy;

  beforeEach(async () => {
    [first, second] = await Promise.all([startEcho('first'), startEcho('second')]);
    proxy = await startTcpProxy(first!.port);
  });
  afterEach(async () => {
    await proxy.stop();
    await Promise.all([first!.stop(), second!.stop()]);
  });

  it('passes bytes both ways', async () => {
    const { heard, say } = caller(proxy.port);
    say('a');
    await vi.waitFor(() => {
      expect(heard.text).toBe('first:a');
    });
    expect(proxy.open).toBe(1);
  });

  it('leads new connections elsewhere, and open ones on to where they were', async () => {
    const old = caller(proxy.port);
    old.say('a');
    await vi.waitFor(() => {
      expect(old.heard.text).toBe('first:a');
    });
    proxy.lead(second!.port);
    const fresh = caller(proxy.port);
    fresh.say('b');
    old.say('c');
    await vi.waitFor(() => {
      expect([old.heard.text, fresh.heard.text]).toEqual(['first:afirst:c', 'second:b']);
    });
  });

  it('lets nothing pass while it is cut, tells nobody, and hands everything over when it is healed', async () => {
    const old = caller(proxy.port);
    old.say('a');
    await vi.waitFor(() => {
      expect(old.heard.text).toBe('first:a');
    });
    proxy.cut();
    const fresh = caller(proxy.port);
    const direct = caller(first!.port);
    old.say('b');
    fresh.say('c');
    direct.say('d');
    await vi.waitFor(() => {
      expect(direct.heard.text).toBe('first:d');
    });
    expect([old.heard, fresh.heard]).toEqual([
      { text: 'first:a', ended: '' },
      { text: '', ended: '' },
    ]);
    proxy.heal();
    await vi.waitFor(() => {
      expect([old.heard.text, fresh.heard.text]).toEqual(['first:afirst:b', 'first:c']);
    });
    direct.socket.destroy();
  });

  it('resets all connections when told so, those that it holds too', async () => {
    const old = caller(proxy.port);
    old.say('a');
    await vi.waitFor(() => {
      expect(old.heard.text).toBe('first:a');
    });
    proxy.cut();
    const fresh = caller(proxy.port);
    await vi.waitFor(() => {
      expect(fresh.socket.connecting).toBe(false);
    });
    await vi.waitFor(() => {
      proxy.reset();
      expect([old.heard.ended, fresh.heard.ended]).toEqual(['ECONNRESET', 'ECONNRESET']);
    });
    expect(proxy.open).toBe(0);
  });

  it('ends a connection whose server ends it', async () => {
    const { heard, say } = caller(proxy.port);
    say('a');
    await vi.waitFor(() => {
      expect(heard.text).toBe('first:a');
    });
    await first!.stop();
    await vi.waitFor(() => {
      expect(heard.ended).not.toBe('');
    });
  });
});
