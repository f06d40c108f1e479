import { connect, createServer, type Socket } from 'node:net';
import { BenchFailure } from '../errors.ts';

/** A port of 127.0.0.1 that passes bytes to another one and counts the connections. TLS goes through it untouched. */
export interface TcpRelay {
  readonly port: number;
  /** Connections accepted since the start. */
  readonly opened: number;
  /** Connections open now. */
  readonly open: number;
  close(): Promise<void>;
}

/** Starts a relay in front of a port of 127.0.0.1. */
export async function startTcpRelay(target: number): Promise<TcpRelay> {
  const sockets = new Set<Socket>();
  let opened = 0;
  const server = createServer((incoming) => {
    opened += 1;
    const outgoing = connect({ host: '127.0.0.1', port: target, noDelay: true });
    incoming.setNoDelay(true);
    sockets.add(incoming);
    const end = (): void => {
      sockets.delete(incoming);
      incoming.destroy();
      outgoing.destroy();
    };
    for (const socket of [incoming, outgoing]) socket.on('error', end).on('close', end);
    incoming.pipe(outgoing).pipe(incoming);
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(0, '127.0.0.1', resolve);
  });
  const address = server.address();
  if (address === null || typeof address === 'string') throw new BenchFailure('The relay has no port.');
  return {
    port: address.port,
    get opened() {
      return opened;
    },
    get open() {
      return sockets.size;
    },
    close: async () => {
      for (const socket of sockets) socket.destroy();
      await new Promise<void>((resolve) => {
        server.close(() => {
          resolve();
        });
      });
    },
  };
}
