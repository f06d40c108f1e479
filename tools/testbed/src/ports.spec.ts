import { connect, createServer } from 'node:net';
import { once } from 'node:events';
import { describe, expect, it } from 'vitest';
import { exchange, freePorts, until } from './ports.ts';

describe('freePorts', () => {
  it('are all different and nobody listens on them', async () => {
    const ports = await freePorts(8);
    expect(new Set(ports).size).toBe(8);
    const socket = connect({ host: '127.0.0.1', port: ports[0]! });
    const [error] = (await once(socket, 'error')) as [NodeJS.ErrnoException];
    expect(error.code).toBe('ECONNREFUSED');
  });
});

describe('exchange', () => {
  it('answers with what came once it is enough, however it was cut', async () => {
    const server = createServer((socket) => {
      socket.once('data', (asked) => {
        socket.write('one ');
        setImmediate(() => socket.write(asked.toString().toUpperCase()));
      });
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    const answer = await exchange(port, 'two', (bytes) => bytes.length >= 7);
    expect(answer.toString()).toBe('one TWO');
    server.close();
  });

  it('fails when the other side hangs up first', async () => {
    const server = createServer((socket) => socket.end()).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as { port: number };
    await expect(exchange(port, 'x', () => false)).rejects.toThrow(/closed the connection|ECONNRESET/);
    server.close();
  });
});

describe('until', () => {
  it('tries again after a failure and after a no', async () => {
    let tries = 0;
    const attempt = (): Promise<boolean> => {
      tries += 1;
      return tries === 1 ? Promise.reject(new Error('not yet')) : Promise.resolve(tries === 3);
    };
    await until(attempt, 5000, () => Promise.resolve('never'));
    expect(tries).toBe(3);
  });

  it('says why when the time is over', async () => {
    await expect(
      until(
        () => Promise.resolve(false),
        30,
        () => Promise.resolve('the log'),
      ),
    ).rejects.toThrow('the log');
  });
});
